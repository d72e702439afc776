"""How Pendapa is put on machines: Kubernetes manifests, the compose file, and the checks that hold them to the code."""
