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

variable "configuration" {
  description = "The probe's configuration, the YAML itself ('probe config example'); empty: everything is discovered. It stands in the task definition, which holds 64 KB."
  type        = string
  default     = ""
}

variable "secrets" {
  description = "Passwords and secrets that the configuration names (password-env): the variable, and the ARN of its Secrets Manager secret or SSM parameter."
  type        = map(string)
  default     = {}
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
