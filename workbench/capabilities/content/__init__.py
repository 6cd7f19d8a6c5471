"""Publishing: a draft is read, checked, put on the site and told of, each step of it seen before it is done."""
