"""The pages that anyone may read: first page, data, API reference; no script but the reference's own."""
