"""Pay: targets are set, schemes tried and approved, months closed, and attainment measured."""
