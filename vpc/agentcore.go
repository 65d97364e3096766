package vpc

// Runtime is the answer of bedrock-agentcore-control GetAgentRuntime.
type Runtime struct {
	ARN           string `json:"agentRuntimeArn"`
	ID            string `json:"agentRuntimeId"`
	Name          string `json:"agentRuntimeName"`
	Version       string `json:"agentRuntimeVersion"`
	Status        string `json:"status"` // CREATING, CREATE_FAILED, UPDATING, UPDATE_FAILED, READY, DELETING
	FailureReason string `json:"failureReason"`
	RoleARN       string `json:"roleArn"`
	// CreatedAt decides on the managed S3 gateway; see VPCConfig.
	CreatedAt            *Timestamp `json:"createdAt"`
	NetworkConfiguration struct {
		NetworkMode       string     `json:"networkMode"` // PUBLIC, VPC
		NetworkModeConfig *VPCConfig `json:"networkModeConfig"`
	} `json:"networkConfiguration"`
	Artifact struct {
		ContainerConfiguration *struct {
			ContainerURI string `json:"containerUri"`
		} `json:"containerConfiguration"` // nil for code that is uploaded
		CodeConfiguration *struct {
			Runtime string `json:"runtime"` // PYTHON_3_13, …
		} `json:"codeConfiguration"` // nil for a container
	} `json:"agentRuntimeArtifact"`
	// AuthorizerConfiguration is nil for SigV4.
	AuthorizerConfiguration *struct {
		CustomJWTAuthorizer *struct {
			DiscoveryURL    string   `json:"discoveryUrl"`
			AllowedAudience []string `json:"allowedAudience"`
			AllowedClients  []string `json:"allowedClients"`
			AllowedScopes   []string `json:"allowedScopes"`
		} `json:"customJWTAuthorizer"`
	} `json:"authorizerConfiguration"`
	// MetadataConfiguration is nil for a runtime that does not demand MMDSv2.
	MetadataConfiguration *struct {
		RequireMMDSv2 *bool `json:"requireMMDSV2"`
	} `json:"metadataConfiguration"`
	ProtocolConfiguration *struct {
		ServerProtocol string `json:"serverProtocol"` // HTTP, MCP, A2A
	} `json:"protocolConfiguration"`
	FilesystemConfigurations []RuntimeFilesystem `json:"filesystemConfigurations"`
	// CapacityProviderConfiguration is nil unless the runtime runs on a capacity
	// provider's instances.
	CapacityProviderConfiguration *struct {
		CapacityProviderARN string `json:"capacityProviderArn"`
	} `json:"capacityProviderConfiguration"`
}

// RuntimeFilesystem is a file system that a runtime mounts: exactly one of the
// members is set.
type RuntimeFilesystem struct {
	EFSAccessPoint     *RuntimeMount `json:"efsAccessPoint"`
	S3FilesAccessPoint *RuntimeMount `json:"s3FilesAccessPoint"`
	SessionStorage     *RuntimeMount `json:"sessionStorage"` // the service's own: no network of the customer's
}

// RuntimeMount says where a file system is mounted, and through which access
// point.
type RuntimeMount struct {
	AccessPointARN string `json:"accessPointArn"`
	MountPath      string `json:"mountPath"`
}

// VPCConfig is where a runtime in network mode VPC has its agent's ENIs.
type VPCConfig struct {
	Subnets        []string `json:"subnets"`
	SecurityGroups []string `json:"securityGroups"`
	// RequireServiceS3Endpoint is whether AgentCore keeps a gateway of its own to
	// S3, from where it loads image and code. Of a runtime that was made before the
	// rollout of May 5, 2026, nil means that it does; a later one never has it
	// ("VpcConfig", AgentCore Control Plane API Reference).
	RequireServiceS3Endpoint *bool `json:"requireServiceS3Endpoint"`
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
	Status        string `json:"status"` // CREATING, CREATE_FAILED, UPDATING, UPDATE_FAILED, READY, DELETING
	FailureReason string `json:"failureReason"`
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
