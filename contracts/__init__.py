"""What the services promise each other and the world: events, topics, schemas, Open311 shapes, a region's files."""
