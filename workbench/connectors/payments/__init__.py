"""A payment provider that speaks Stripe's protocol: capture what was authorised, pay back."""
