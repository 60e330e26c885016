"""Floor 2: trio. Listeners, connections (one task per client), links (outboxes) and the hub."""
