# Rendered by `cargo xtask render` from an environment file; a change here is lost.

terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

variable "code_bucket" {
  type        = string
  description = "The bucket that holds the function's zip"
}

variable "code_key" {
  type        = string
  description = "The key of the zip, which has its hash in it"
}

variable "code_sha256" {
  type        = string
  description = "SHA-256 of the zip, in base64"
}

variable "alarm_topic_arn" {
  type        = string
  description = "ARN of the SNS topic that alarms go to; empty for none"
  default     = ""
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_kinesis_stream" "stream" {
  name             = "penstock-prod"
  shard_count      = 4
  retention_period = 168
  encryption_type  = "KMS"
  kms_key_id       = "alias/aws/kinesis"

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  stream_mode_details {
    stream_mode = "PROVISIONED"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket" "data_bucket" {
  # checkov:skip=CKV_AWS_18: access logs need a bucket of their own: stack.access_log_bucket
  # checkov:skip=CKV_AWS_145: SSE-S3 encrypts; a KMS key is stack.bucket_kms_key_arn
  # checkov:skip=CKV_AWS_144: a second region is the choice of whoever owns the data
  # checkov:skip=CKV2_AWS_62: nobody listens by default; stack.event_bridge_notifications

  bucket = "penstock-prod"

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data_bucket" {
  bucket = aws_s3_bucket.data_bucket.id

  rule {
    bucket_key_enabled = false

    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "data_bucket" {
  bucket                  = aws_s3_bucket.data_bucket.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "data_bucket" {
  bucket = aws_s3_bucket.data_bucket.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "data_bucket" {
  bucket = aws_s3_bucket.data_bucket.id

  versioning_configuration {
    status = "Enabled"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "data_bucket" {
  bucket = aws_s3_bucket.data_bucket.id

  rule {
    id     = "AbortIncompleteMultipartUpload"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  rule {
    id     = "NoncurrentVersionExpiration"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  depends_on = [aws_s3_bucket_versioning.data_bucket]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_policy" "data_bucket" {
  bucket = aws_s3_bucket.data_bucket.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyInsecureTransport"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource  = [aws_s3_bucket.data_bucket.arn, "${aws_s3_bucket.data_bucket.arn}/*"]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.data_bucket]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket" "failure_bucket" {
  # checkov:skip=CKV_AWS_18: access logs need a bucket of their own: stack.access_log_bucket
  # checkov:skip=CKV_AWS_145: SSE-S3 encrypts; a KMS key is stack.bucket_kms_key_arn
  # checkov:skip=CKV_AWS_144: a second region is the choice of whoever owns the data
  # checkov:skip=CKV2_AWS_62: nobody listens by default; stack.event_bridge_notifications

  bucket = "penstock-prod-failures"

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "failure_bucket" {
  bucket = aws_s3_bucket.failure_bucket.id

  rule {
    bucket_key_enabled = false

    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "failure_bucket" {
  bucket                  = aws_s3_bucket.failure_bucket.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "failure_bucket" {
  bucket = aws_s3_bucket.failure_bucket.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "failure_bucket" {
  bucket = aws_s3_bucket.failure_bucket.id

  versioning_configuration {
    status = "Enabled"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "failure_bucket" {
  bucket = aws_s3_bucket.failure_bucket.id

  rule {
    id     = "AbortIncompleteMultipartUpload"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  rule {
    id     = "NoncurrentVersionExpiration"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  rule {
    id     = "Expiration"
    status = "Enabled"

    filter {}

    expiration {
      days = 90
    }
  }

  depends_on = [aws_s3_bucket_versioning.failure_bucket]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_policy" "failure_bucket" {
  bucket = aws_s3_bucket.failure_bucket.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyInsecureTransport"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource  = [aws_s3_bucket.failure_bucket.arn, "${aws_s3_bucket.failure_bucket.arn}/*"]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.failure_bucket]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "log_group" {
  # checkov:skip=CKV_AWS_158: no record content is ever in a line of the log
  # checkov:skip=CKV_AWS_338: a month by choice: stack.log_retention_in_days

  name              = "/aws/lambda/penstock-prod"
  retention_in_days = 30

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }
}

resource "aws_iam_role" "role" {
  name_prefix = "penstock-prod-"
  description = "What the function penstock-prod may do"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "LambdaTakesTheRole"
        Effect = "Allow"
        Principal = {
          Service = "lambda.amazonaws.com"
        }
        Action = ["sts:AssumeRole"]
      },
    ]
  })

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }
}

resource "aws_iam_role_policy" "role" {
  name = "Deliver"
  role = aws_iam_role.role.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "ReadStream"
        Effect = "Allow"
        Action = [
          "kinesis:DescribeStream",
          "kinesis:DescribeStreamSummary",
          "kinesis:GetRecords",
          "kinesis:GetShardIterator",
          "kinesis:ListShards",
        ]
        Resource = [aws_kinesis_stream.stream.arn]
      },
      {
        Sid      = "PutObjects"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["${aws_s3_bucket.data_bucket.arn}/events/day=*", "${aws_s3_bucket.data_bucket.arn}/errors/*"]
      },
      {
        Sid      = "PutFailures"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["${aws_s3_bucket.failure_bucket.arn}/*"]
        Condition = {
          StringEquals = {
            "s3:ResourceAccount" = data.aws_caller_identity.current.account_id
          }
        }
      },
      {
        Sid      = "ListFailures"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.failure_bucket.arn]
        Condition = {
          StringEquals = {
            "s3:ResourceAccount" = data.aws_caller_identity.current.account_id
          }
        }
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.log_group.arn}:*"]
      },
    ]
  })
}

resource "aws_lambda_function" "function" {
  # checkov:skip=CKV_AWS_116: that queue is for asynchronous invocations; batches that are given up go where the mapping sends them
  # checkov:skip=CKV_AWS_117: it speaks to S3 and Kinesis alone, whose endpoints are public
  # checkov:skip=CKV_AWS_173: its variables hold no secret
  # checkov:skip=CKV_AWS_272: its code is named by its hash and uploaded by whoever deploys it
  # checkov:skip=CKV_AWS_50: tracing needs a right on every resource
  # checkov:skip=CKV_AWS_115: shards bound its concurrency; a reservation is function.reserved_concurrent_executions

  function_name    = "penstock-prod"
  description      = "Penstock: the stream penstock-prod to s3://penstock-prod"
  runtime          = "provided.al2023"
  architectures    = ["arm64"]
  handler          = "bootstrap"
  memory_size      = 512
  timeout          = 120
  role             = aws_iam_role.role.arn
  s3_bucket        = var.code_bucket
  s3_key           = var.code_key
  source_code_hash = var.code_sha256

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  environment {
    variables = {
      PENSTOCK_BUCKET              = "penstock-prod"
      PENSTOCK_COMPRESSION_FORMAT  = "ZSTD"
      PENSTOCK_DELIVERY_NAME       = "penstock-prod"
      PENSTOCK_ERROR_OUTPUT_PREFIX = "errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/"
      PENSTOCK_FILE_EXTENSION      = ".ndjson.zst"
      PENSTOCK_PREFIX              = "events/day=!{timestamp:yyyy-MM-dd}/"
    }
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.log_group.name
    application_log_level = "INFO"
    system_log_level      = "WARN"
  }
}

resource "aws_lambda_event_source_mapping" "mapping" {
  event_source_arn                   = aws_kinesis_stream.stream.arn
  function_name                      = aws_lambda_function.function.function_name
  enabled                            = true
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 10000
  maximum_batching_window_in_seconds = 300
  parallelization_factor             = 1
  maximum_retry_attempts             = -1
  maximum_record_age_in_seconds      = 518400
  bisect_batch_on_function_error     = false
  function_response_types            = ["ReportBatchItemFailures"]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  destination_config {
    on_failure {
      destination_arn = aws_s3_bucket.failure_bucket.arn
    }
  }

  metrics_config {
    metrics = ["EventCount"]
  }

  depends_on = [aws_iam_role_policy.role]
}

resource "aws_cloudwatch_metric_alarm" "behind_alarm" {
  alarm_name          = "penstock-prod-behind"
  alarm_description   = "Records wait for more than 1500 s before the function has them"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1500000
  evaluation_periods  = 10
  datapoints_to_alarm = 8
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "AWS/Lambda"
  metric_name = "IteratorAge"
  statistic   = "Maximum"
  period      = 60

  dimensions = {
    FunctionName = aws_lambda_function.function.function_name
  }
}

resource "aws_cloudwatch_metric_alarm" "close_to_loss_alarm" {
  alarm_name          = "penstock-prod-close-to-loss"
  alarm_description   = "Records are older than half of the 168 h that the stream keeps them: what expires is lost"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 302400000
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "AWS/Kinesis"
  metric_name = "GetRecords.IteratorAgeMilliseconds"
  statistic   = "Maximum"
  period      = 300

  dimensions = {
    StreamName = "penstock-prod"
  }
}

resource "aws_cloudwatch_metric_alarm" "dropped_alarm" {
  alarm_name          = "penstock-prod-dropped"
  alarm_description   = "The event source mapping gave records up and they are nowhere"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "AWS/Lambda"
  metric_name = "DroppedEventCount"
  statistic   = "Sum"
  period      = 300

  dimensions = {
    EventSourceMappingUUID = aws_lambda_event_source_mapping.mapping.uuid
  }
}

resource "aws_cloudwatch_metric_alarm" "given_up_alarm" {
  alarm_name          = "penstock-prod-given-up"
  alarm_description   = "The event source mapping gave batches up: they lie at its failure destination"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "AWS/Lambda"
  metric_name = "OnFailureDestinationDeliveredEventCount"
  statistic   = "Sum"
  period      = 300

  dimensions = {
    EventSourceMappingUUID = aws_lambda_event_source_mapping.mapping.uuid
  }
}

resource "aws_cloudwatch_metric_alarm" "failures_lost_alarm" {
  alarm_name          = "penstock-prod-failures-lost"
  alarm_description   = "Batches that were given up could not be sent to the failure destination"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "AWS/Lambda"
  metric_name = "DestinationDeliveryFailures"
  statistic   = "Sum"
  period      = 300

  dimensions = {
    FunctionName = aws_lambda_function.function.function_name
  }
}

resource "aws_cloudwatch_metric_alarm" "failed_records_alarm" {
  alarm_name          = "penstock-prod-failed-records"
  alarm_description   = "Records failed in the transform: they lie under the error output prefix"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "Penstock"
  metric_name = "FailedRecords"
  statistic   = "Sum"
  period      = 300

  dimensions = {
    DeliveryStreamName = "penstock-prod"
  }
}

resource "aws_cloudwatch_metric_alarm" "failing_alarm" {
  alarm_name          = "penstock-prod-failing"
  alarm_description   = "Invocations fail: records wait and are tried again"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "AWS/Lambda"
  metric_name = "FailedInvokeEventCount"
  statistic   = "Sum"
  period      = 60

  dimensions = {
    EventSourceMappingUUID = aws_lambda_event_source_mapping.mapping.uuid
  }
}

resource "aws_cloudwatch_metric_alarm" "errors_alarm" {
  alarm_name          = "penstock-prod-errors"
  alarm_description   = "The function ends in errors"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "AWS/Lambda"
  metric_name = "Errors"
  statistic   = "Sum"
  period      = 60

  dimensions = {
    FunctionName = aws_lambda_function.function.function_name
  }
}

resource "aws_cloudwatch_metric_alarm" "throttles_alarm" {
  alarm_name          = "penstock-prod-throttles"
  alarm_description   = "Lambda throttles the function: the account or the reserved concurrency has too few"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "AWS/Lambda"
  metric_name = "Throttles"
  statistic   = "Sum"
  period      = 60

  dimensions = {
    FunctionName = aws_lambda_function.function.function_name
  }
}

resource "aws_cloudwatch_metric_alarm" "not_polled_alarm" {
  alarm_name          = "penstock-prod-not-polled"
  alarm_description   = "Records come in and none is polled for 15 minutes: is the event source mapping enabled?"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  metric_query {
    id          = "result"
    expression  = "IF(FILL(incoming, 0) > 0 AND FILL(polled, 0) < 1, 1, 0)"
    label       = "records come in and none is polled"
    return_data = true
  }

  metric_query {
    id          = "incoming"
    return_data = false

    metric {
      namespace   = "AWS/Kinesis"
      metric_name = "IncomingRecords"
      stat        = "Sum"
      period      = 300

      dimensions = {
        StreamName = "penstock-prod"
      }
    }
  }

  metric_query {
    id          = "polled"
    return_data = false

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "PolledEventCount"
      stat        = "Sum"
      period      = 300

      dimensions = {
        EventSourceMappingUUID = aws_lambda_event_source_mapping.mapping.uuid
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "reads_throttled_alarm" {
  alarm_name          = "penstock-prod-reads-throttled"
  alarm_description   = "Kinesis throttles reads for 10 minutes: too many read this stream"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 2
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  tags = {
    app          = "penstock"
    delivery     = "penstock-prod"
    "managed-by" = "penstock"
    version      = "0.1.0"
  }

  namespace   = "AWS/Kinesis"
  metric_name = "ReadProvisionedThroughputExceeded"
  statistic   = "Sum"
  period      = 300

  dimensions = {
    StreamName = "penstock-prod"
  }
}

resource "aws_cloudwatch_dashboard" "dashboard" {
  dashboard_name = "penstock-prod"

  dashboard_body = jsonencode({
    widgets = [
      {
        type   = "metric"
        x      = 0
        y      = 0
        width  = 12
        height = 6
        properties = {
          title  = "Age of records in ms"
          region = data.aws_region.current.id
          period = 60
          metrics = [
            [
              "AWS/Lambda",
              "IteratorAge",
              "FunctionName",
              aws_lambda_function.function.function_name,
              {
                stat = "Maximum"
              },
            ],
            [
              "AWS/Kinesis",
              "GetRecords.IteratorAgeMilliseconds",
              "StreamName",
              "penstock-prod",
              {
                stat = "Maximum"
              },
            ],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 0
        width  = 12
        height = 6
        properties = {
          title  = "Records in and out"
          region = data.aws_region.current.id
          period = 60
          metrics = [
            [
              "AWS/Kinesis",
              "IncomingRecords",
              "StreamName",
              "penstock-prod",
              {
                stat = "Sum"
              },
            ],
            [
              "AWS/Lambda",
              "PolledEventCount",
              "EventSourceMappingUUID",
              aws_lambda_event_source_mapping.mapping.uuid,
              {
                stat = "Sum"
              },
            ],
            [
              "Penstock",
              "DeliveryToS3.Records",
              "DeliveryStreamName",
              "penstock-prod",
              {
                stat = "Sum"
              },
            ],
            [
              "Penstock",
              "DroppedRecords",
              "DeliveryStreamName",
              "penstock-prod",
              {
                stat = "Sum"
              },
            ],
          ]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Objects"
          region = data.aws_region.current.id
          period = 60
          metrics = [
            [
              "Penstock",
              "DeliveryToS3.ObjectCount",
              "DeliveryStreamName",
              "penstock-prod",
              {
                stat = "Sum"
              },
            ],
            [
              "Penstock",
              "AlreadyStored",
              "DeliveryStreamName",
              "penstock-prod",
              {
                stat = "Sum"
              },
            ],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Bytes in and out"
          region = data.aws_region.current.id
          period = 60
          metrics = [
            [
              "AWS/Kinesis",
              "IncomingBytes",
              "StreamName",
              "penstock-prod",
              {
                stat = "Sum"
              },
            ],
            [
              "Penstock",
              "DeliveryToS3.Bytes",
              "DeliveryStreamName",
              "penstock-prod",
              {
                stat = "Sum"
              },
            ],
          ]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 12
        width  = 12
        height = 6
        properties = {
          title  = "Duration of an invocation in ms; the timeout is 120 s"
          region = data.aws_region.current.id
          period = 60
          metrics = [
            [
              "AWS/Lambda",
              "Duration",
              "FunctionName",
              aws_lambda_function.function.function_name,
              {
                stat = "p50"
              },
            ],
            [
              "AWS/Lambda",
              "Duration",
              "FunctionName",
              aws_lambda_function.function.function_name,
              {
                stat = "p99"
              },
            ],
            [
              "AWS/Lambda",
              "Duration",
              "FunctionName",
              aws_lambda_function.function.function_name,
              {
                stat = "Maximum"
              },
            ],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 12
        width  = 12
        height = 6
        properties = {
          title  = "What fails"
          region = data.aws_region.current.id
          period = 60
          metrics = [
            [
              "AWS/Lambda",
              "Errors",
              "FunctionName",
              aws_lambda_function.function.function_name,
              {
                stat = "Sum"
              },
            ],
            [
              "AWS/Lambda",
              "Throttles",
              "FunctionName",
              aws_lambda_function.function.function_name,
              {
                stat = "Sum"
              },
            ],
            [
              "AWS/Lambda",
              "DroppedEventCount",
              "EventSourceMappingUUID",
              aws_lambda_event_source_mapping.mapping.uuid,
              {
                stat = "Sum"
              },
            ],
            [
              "Penstock",
              "FailedRecords",
              "DeliveryStreamName",
              "penstock-prod",
              {
                stat = "Sum"
              },
            ],
          ]
        }
      },
    ]
  })
}

output "stream_name" {
  description = "The stream"
  value       = "penstock-prod"
}

output "stream_arn" {
  description = "The stream's ARN"
  value       = aws_kinesis_stream.stream.arn
}

output "data_bucket_name" {
  description = "Takes data and error objects"
  value       = "penstock-prod"
}

output "data_prefix" {
  description = "What keys of data objects begin with"
  value       = "events/day=!{timestamp:yyyy-MM-dd}/"
}

output "failure_bucket_name" {
  description = "Takes batches that were given up"
  value       = "penstock-prod-failures"
}

output "function_name" {
  description = "The function"
  value       = aws_lambda_function.function.function_name
}

output "log_group_name" {
  description = "The function's log"
  value       = aws_cloudwatch_log_group.log_group.name
}

output "event_source_mapping_id" {
  description = "UUID of the event source mapping"
  value       = aws_lambda_event_source_mapping.mapping.uuid
}

output "dashboard_url" {
  description = "The dashboard"
  value       = "https://${data.aws_region.current.id}.console.aws.amazon.com/cloudwatch/home?region=${data.aws_region.current.id}#dashboards/dashboard/penstock-prod"
}

output "code_sha256" {
  description = "SHA-256 of the code, in base64"
  value       = var.code_sha256
}

output "penstock_version" {
  description = "What rendered this"
  value       = "0.1.0"
}

output "list_objects" {
  description = "Lists what was delivered"
  value       = "aws s3 ls --recursive s3://penstock-prod/events/day="
}
