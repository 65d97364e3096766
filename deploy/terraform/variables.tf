variable "name" {
  description = "Name of the service, its roles and its log group."
  type        = string
  default     = "agentcore-probe"
}

variable "cluster" {
  description = "ARN of the ECS cluster."
  type        = string
}

variable "region" {
  description = "Region of the runtimes."
  type        = string
}

variable "subnets" {
  description = "The agent's own subnets, one in each Availability Zone."
  type        = list(string)
}

variable "security_groups" {
  description = "The agent's own security groups, and one that lets Prometheus reach port 9879."
  type        = list(string)
}

variable "image" {
  description = "The container image."
  type        = string
  default     = "ghcr.io/agentcore-probe/probe:0.1.0"
}

variable "log_retention_days" {
  description = "How long the log is kept."
  type        = number
  default     = 30
}
