"""The transactional outbox: jobs are rows first, messages second."""
