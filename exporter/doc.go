// Package exporter shows what a watch.Loop knows: Prometheus metrics, a status
// page, and the report as JSON.
package exporter
