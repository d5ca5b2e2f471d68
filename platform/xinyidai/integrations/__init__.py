"""Services outside the platform, each with a twin that needs none."""
