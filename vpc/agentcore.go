package vpc

// Runtime is the answer of bedrock-agentcore-control GetAgentRuntime.
type Runtime struct {
	ARN                  string `json:"agentRuntimeArn"`
	ID                   string `json:"agentRuntimeId"`
	Name                 string `json:"agentRuntimeName"`
	Version              string `json:"agentRuntimeVersion"`
	Status               string `json:"status"`
	RoleARN              string `json:"roleArn"`
	NetworkConfiguration struct {
		NetworkMode       string     `json:"networkMode"` // PUBLIC, VPC
		NetworkModeConfig *VPCConfig `json:"networkModeConfig"`
	} `json:"networkConfiguration"`
	// AuthorizerConfiguration is nil for SigV4.
	AuthorizerConfiguration *struct {
		CustomJWTAuthorizer *struct {
			DiscoveryURL    string   `json:"discoveryUrl"`
			AllowedAudience []string `json:"allowedAudience"`
			AllowedClients  []string `json:"allowedClients"`
		} `json:"customJWTAuthorizer"`
	} `json:"authorizerConfiguration"`
}

// VPCConfig is where a runtime in network mode VPC has its agent's ENIs.
type VPCConfig struct {
	Subnets        []string `json:"subnets"`
	SecurityGroups []string `json:"securityGroups"`
}

// DefaultEndpoint is the name of the endpoint that every runtime has, and that
// an invocation without a qualifier goes to ("InvokeAgentRuntime", AgentCore
// API Reference).
const DefaultEndpoint = "DEFAULT"

// RuntimeEndpoint is the answer of GetAgentRuntimeEndpoint.
type RuntimeEndpoint struct {
	ARN           string `json:"agentRuntimeEndpointArn"`
	RuntimeARN    string `json:"agentRuntimeArn"`
	Name          string `json:"name"`
	ID            string `json:"id"`
	Status        string `json:"status"`
	LiveVersion   string `json:"liveVersion"`
	TargetVersion string `json:"targetVersion"`
}

// ResourcePolicy is the answer of GetResourcePolicy together with the ARN that
// was asked for, which the answer leaves out. An empty policy means the
// resource has none.
type ResourcePolicy struct {
	ResourceARN string `json:"resourceArn"`
	Policy      string `json:"policy"` // JSON text
}
