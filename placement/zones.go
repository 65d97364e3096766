package placement

// documented are the ids of the Availability Zones that AgentCore supports, by
// Region ("Configure Amazon Bedrock AgentCore Runtime and tools for VPC",
// AgentCore Developer Guide, "Supported Availability Zones", as of November
// 2026). A Region that is not listed is unknown; a configuration's
// supported-zones stands instead of its line.
var documented = map[string][]string{
	"us-east-1":      {"use1-az1", "use1-az2", "use1-az4"},
	"us-east-2":      {"use2-az1", "use2-az2", "use2-az3"},
	"us-west-2":      {"usw2-az1", "usw2-az2", "usw2-az3"},
	"ap-southeast-5": {"apse5-az1", "apse5-az2", "apse5-az3"},
	"ap-south-1":     {"aps1-az1", "aps1-az2", "aps1-az3"},
	"ap-northeast-2": {"apne2-az1", "apne2-az2", "apne2-az3"},
	"ap-southeast-1": {"apse1-az1", "apse1-az2", "apse1-az3"},
	"ap-southeast-2": {"apse2-az1", "apse2-az2", "apse2-az3"},
	"ap-southeast-7": {"apse7-az1", "apse7-az2", "apse7-az3"},
	"ap-northeast-1": {"apne1-az1", "apne1-az2", "apne1-az4"},
	"ca-central-1":   {"cac1-az1", "cac1-az2", "cac1-az4"},
	"eu-central-1":   {"euc1-az1", "euc1-az2", "euc1-az3"},
	"eu-west-1":      {"euw1-az1", "euw1-az2", "euw1-az3"},
	"eu-west-2":      {"euw2-az1", "euw2-az2", "euw2-az3"},
	"eu-south-1":     {"eus1-az1", "eus1-az2", "eus1-az3"},
	"eu-west-3":      {"euw3-az1", "euw3-az2", "euw3-az3"},
	"eu-south-2":     {"eus2-az1", "eus2-az2", "eus2-az3"},
	"eu-north-1":     {"eun1-az1", "eun1-az2", "eun1-az3"},
	"sa-east-1":      {"sae1-az1", "sae1-az2", "sae1-az3"},
	"us-gov-west-1":  {"usgw1-az1", "usgw1-az2", "usgw1-az3"},
}
