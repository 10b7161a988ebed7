"""Turn what two walks show into findings: what is shared, what differs, and the proof."""
