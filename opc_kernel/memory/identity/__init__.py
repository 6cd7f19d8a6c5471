"""Who is who: records of persons and firms normalised, compared with evidence, and linked where it is certain."""
