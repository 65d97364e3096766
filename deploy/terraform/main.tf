locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })

  # In the open, not in a parameter of SSM: a configuration names secrets and holds
  # none; in a private VPC a task starts without an endpoint of SSM; and a new text is
  # a new task definition, for which ECS replaces the tasks.
  environment = {
    AWS_REGION             = var.region
    AGENTCORE_PROBE_CONFIG = var.configuration
  }

  container = {
    name                   = "agentcore-probe"
    image                  = var.image
    essential              = true
    command                = ["serve", "--web.listen-address=:9879"]
    environment            = [for name, value in local.environment : { name = name, value = value } if value != ""]
    secrets                = [for name, arn in var.secrets : { name = name, valueFrom = arn }]
    portMappings           = [{ name = "metrics", containerPort = 9879, protocol = "tcp" }]
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    healthCheck = {
      command     = ["CMD", "/probe", "healthz"]
      interval    = 30
      timeout     = 3
      retries     = 3
      startPeriod = 10
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = "/${var.name}"
        awslogs-region        = var.region
        awslogs-stream-prefix = "probe"
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "probe" {
  name              = "/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "execution" {
  count = length(var.secrets) > 0 ? 1 : 0
  name  = "${var.name}-secrets"
  role  = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = ["secretsmanager:GetSecretValue", "ssm:GetParameters"]
      # Of a secret without the key in its JSON, which is the eighth part.
      Resource = [for arn in values(var.secrets) : join(":", slice(split(":", arn), 0, min(7, length(split(":", arn)))))]
    }]
  })
}

resource "aws_iam_role" "task" {
  name               = var.name
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "task" {
  name   = var.name
  role   = aws_iam_role.task.id
  policy = file("${path.module}/../iam-policy.json")
}

resource "aws_ecs_task_definition" "probe" {
  family                   = var.name
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode([local.container])

  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }
}

resource "aws_ecs_service" "probe" {
  name            = var.name
  cluster         = var.cluster
  task_definition = aws_ecs_task_definition.probe.arn
  launch_type     = "FARGATE"
  desired_count   = length(var.subnets)

  network_configuration {
    subnets          = var.subnets
    security_groups  = var.security_groups
    assign_public_ip = false
  }

  depends_on = [aws_iam_role_policy_attachment.execution, aws_iam_role_policy.execution, aws_cloudwatch_log_group.probe]
}
