package running

// What tests look at.
var (
	ContainerOf = containerOf
	ArrivalFrom = arrivalFrom
)
