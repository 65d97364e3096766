output "role_arn" {
  description = "The role to name where a resource policy admits the probe."
  value       = aws_iam_role.task.arn
}
