package running

// ContainerOf is containerOf for tests.
var ContainerOf = containerOf
