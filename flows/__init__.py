"""What operators see, schedule and trigger; each reads like its paragraph in the plan."""
