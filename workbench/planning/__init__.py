"""Work the operator asks for in words: a plan is composed, checked, shown, and runs when it is approved."""
