"""What docflow's speed is measured with: `bin/bench`. The product knows nothing of this folder."""
