package federation

// Reachable is for tests.
var Reachable = reachable
