"""The services: who said it (intake), who must act (routing), what anyone may know (publish)."""
