package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/reachability/policy"
)

const (
	john       = "arn:aws:iam::123456789012:user/John"
	johnOther  = "arn:aws:iam::777788889999:user/John"
	deployment = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:*"
	anySecret  = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"
)

func explicit(principal, action, resource string, layer policy.Layer) policy.Denial {
	return policy.Denial{Principal: principal, Action: action, Resource: resource, Layer: layer, Effect: policy.EffectExplicitDeny}
}

func implicit(principal, action, resource string, layer policy.Layer) policy.Denial {
	return policy.Denial{Principal: principal, Action: action, Resource: resource, Layer: layer, Effect: policy.EffectImplicitDeny}
}

type denialRow struct {
	name, message string
	want          policy.Denial
}

func checkDenials(t *testing.T, rows []denialRow) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := policy.ParseDenial(tt.message)
			if !ok {
				t.Fatal("not recognised as a denial")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The sentences are the examples of "Troubleshoot access denied error
// messages", IAM User Guide, with their line breaks, one of each kind.
func TestParseDenialByCaps(t *testing.T) {
	checkDenials(t, []denialRow{
		{
			"service control, implicit",
			"User: arn:aws:iam::777788889999:user/John is not authorized to perform:\ncodecommit:ListRepositories because no service control policy allows the codecommit:ListRespositories action",
			implicit(johnOther, "codecommit:ListRepositories", "", policy.LayerServiceControl),
		},
		{
			"service control, explicit",
			"User: arn:aws:iam::777788889999:user/John is not authorized to perform:\ncodecommit:ListRepositories with an explicit deny in a service control policy",
			explicit(johnOther, "codecommit:ListRepositories", "", policy.LayerServiceControl),
		},
		{
			"resource control, explicit",
			"User: arn:aws:iam::123456789012:user/John is not authorized to perform:\nsecretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:123456789012:secret:* with an explicit deny in a resource control policy",
			explicit(john, "secretsmanager:GetSecretValue", anySecret, policy.LayerResourceControl),
		},
		{
			"VPC endpoint, implicit",
			"User: arn:aws:iam::123456789012:user/John is not authorized to perform:\ncodecommit:ListRepositories because no VPC endpoint policy allows the codecommit:ListRepositories action",
			implicit(john, "codecommit:ListRepositories", "", policy.LayerEndpoint),
		},
		{
			"VPC endpoint, explicit",
			"User: arn:aws:iam::123456789012:user/John is not authorized to perform:\ncodedeploy:ListDeployments on resource: arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:* with an explicit deny in a VPC endpoint policy",
			explicit(john, "codedeploy:ListDeployments", deployment, policy.LayerEndpoint),
		},
		{
			"permissions boundary, implicit",
			"User: arn:aws:iam::123456789012:user/John is not authorized to perform:\ncodedeploy:ListDeployments on resource: arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:* because no permissions boundary allows the codedeploy:ListDeployments action",
			implicit(john, "codedeploy:ListDeployments", deployment, policy.LayerBoundary),
		},
		{
			"permissions boundary, explicit",
			"User: arn:aws:iam::777788889999:user/John is not authorized to perform:\nsagemaker:ListModels with an explicit deny in a permissions boundary",
			explicit(johnOther, "sagemaker:ListModels", "", policy.LayerBoundary),
		},
	})
}

func TestParseDenialByPoliciesOfIdentityAndResource(t *testing.T) {
	checkDenials(t, []denialRow{
		{
			"session, implicit",
			"User: arn:aws:iam::123456789012:user/John is not authorized to perform:\ncodecommit:ListRepositories because no session policy allows the codecommit:ListRepositories action",
			implicit(john, "codecommit:ListRepositories", "", policy.LayerSession),
		},
		{
			"session, explicit",
			"User: arn:aws:iam::123456789012:user/John is not authorized to perform:\ncodedeploy:ListDeployments on resource: arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:* with an explicit deny in a sessions policy",
			explicit(john, "codedeploy:ListDeployments", deployment, policy.LayerSession),
		},
		{
			"resource-based, implicit",
			"User: arn:aws:iam::123456789012:user/John is not authorized to perform:\nsecretsmanager:GetSecretValue because no resource-based policy allows the secretsmanager:GetSecretValue action",
			implicit(john, "secretsmanager:GetSecretValue", "", policy.LayerResource),
		},
		{
			"resource-based, explicit",
			"User: arn:aws:iam::123456789012:user/John is not authorized to perform:\nsecretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:123456789012:secret:* with an explicit deny in a resource-based policy",
			explicit(john, "secretsmanager:GetSecretValue", anySecret, policy.LayerResource),
		},
		{
			"role trust, implicit",
			"User: arn:aws:iam::123456789012:user/John is not authorized to perform:\nsts:AssumeRole because no role trust policy allows the sts:AssumeRole action",
			implicit(john, "sts:AssumeRole", "", policy.LayerRoleTrust),
		},
		{
			"role trust, explicit",
			"User: arn:aws:iam::777788889999:user/John is not authorized to perform:\nsts:AssumeRole with an explicit deny in the role trust policy",
			explicit(johnOther, "sts:AssumeRole", "", policy.LayerRoleTrust),
		},
		{
			"identity-based, implicit",
			"User: arn:aws:iam::123456789012:role/HR is not authorized to perform:\ncodecommit:ListRepositories because no identity-based policy allows the codecommit:ListRepositories action",
			implicit("arn:aws:iam::123456789012:role/HR", "codecommit:ListRepositories", "", policy.LayerIdentity),
		},
		{
			"identity-based, explicit",
			"User: arn:aws:iam::123456789012:role/HR is not authorized to perform:\ncodedeploy:ListDeployments on resource: arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:* with an explicit deny in an identity-based policy",
			explicit("arn:aws:iam::123456789012:role/HR", "codedeploy:ListDeployments", deployment, policy.LayerIdentity),
		},
		{
			"transitive",
			"User: arn:aws:sts::111122223333:assumed-role/role-name/role-session-name is not authorized to perform:\nSNS:Publish on resource: arn:aws:sns:us-east-1:444455556666:role-name-2\nwith an explicit deny in a VPC endpoint policy transitively through a service control policy",
			explicit("arn:aws:sts::111122223333:assumed-role/role-name/role-session-name", "SNS:Publish", "arn:aws:sns:us-east-1:444455556666:role-name-2", policy.LayerEndpointThroughSCP),
		},
		{
			"no context",
			"User: arn:aws:iam::123456789012:user/mateojackson is not authorized to perform: widgets:GetWidget on resource: my-example-widget",
			policy.Denial{Principal: "arn:aws:iam::123456789012:user/mateojackson", Action: "widgets:GetWidget", Resource: "my-example-widget", Effect: policy.EffectUnknown},
		},
	})
}

func TestParseDenialVariations(t *testing.T) {
	profile := "arn:aws:iam::123456789012:instance-profile/my-instance-profile"
	janedoe := "arn:aws:iam::123456789012:user/janedoe"
	byARN := explicit(janedoe, "iam:CreateInstanceProfile", profile, policy.LayerIdentity)
	byARN.PolicyARN = "arn:aws:iam::123456789012:policy/ExampleDenyPolicy"
	spaced := implicit(janedoe, "s3:GetObject", "arn:aws:s3:::layers/my key", policy.LayerEndpoint)
	checkDenials(t, []denialRow{
		{
			// "Troubleshoot access denied error messages with authorization ID", IAM User Guide.
			"policy ARN and a link behind it",
			"User: " + janedoe + " is not authorized to perform: iam:CreateInstanceProfile on resource: " + profile +
				" with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/ExampleDenyPolicy. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/EXAMPLE1a2b3c4d5e",
			byARN,
		},
		{
			"policy ARN at the end",
			"User: " + janedoe + " is not authorized to perform: iam:CreateInstanceProfile on resource: " + profile + " with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/ExampleDenyPolicy",
			byARN,
		},
		{
			"a space in the resource",
			"User: " + janedoe + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::layers/my key" because no VPC endpoint policy allows the s3:GetObject action`,
			spaced,
		},
		{
			"text of a service around it",
			"You are not authorized to perform this operation. User: " + john + " is not authorized to perform: ec2:DescribeSubnets because no identity-based policy allows the ec2:DescribeSubnets action status code: 403, request id: 0b7a",
			implicit(john, "ec2:DescribeSubnets", "", policy.LayerIdentity),
		},
		{
			"no principal",
			"User is not authorized to perform: dynamodb:DescribeTable because no VPC endpoint policy allows the dynamodb:DescribeTable action",
			implicit("", "dynamodb:DescribeTable", "", policy.LayerEndpoint),
		},
		{
			"explicit without a layer",
			"User: " + john + " is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:us-east-1::image/ami-1 with an explicit deny",
			explicit(john, "ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-1", ""),
		},
		{
			"a layer that is not known yet",
			"User: " + john + " is not authorized to perform: ec2:RunInstances with an explicit deny in a lunar policy",
			explicit(john, "ec2:RunInstances", "", ""),
		},
		{"bare", "Access Denied", policy.Denial{Effect: policy.EffectUnknown}},
		{"bare, EC2", "You are not authorized to perform this operation.", policy.Denial{Effect: policy.EffectUnknown}},
	})
}

// These arrive with status 403 or 401 as well, and no policy is behind them.
func TestParseDenialOtherRefusals(t *testing.T) {
	for _, message := range []string{
		"",
		"Authorization method mismatch. The agent is configured for a different authorization method than what was used in your request.",
		"Missing Authentication Token",
		"Token audience mismatch",
		"The security token included in the request is expired",
		"Signature expired: 20261124T030000Z is now earlier than 20261124T031500Z",
		"Runtime initialization time exceeded. Please make sure that initialization completes in 30s.",
		"Request to the permissions boundary service failed",
	} {
		if got, ok := policy.ParseDenial(message); ok {
			t.Errorf("%q was read as the denial %+v", message, got)
		}
	}
}

func FuzzParseDenial(f *testing.F) {
	f.Add("User: a is not authorized to perform: b:C on resource: d because no session policy allows the b:C action")
	f.Add("User: a is not authorized to perform: b:C with an explicit deny in the role trust policy: arn:aws:iam::1:policy/x.")
	f.Add("USER:  IS NOT AUTHORIZED TO PERFORM: with an explicit deny in")
	f.Add("Access Denied")
	f.Fuzz(func(t *testing.T, message string) {
		d, ok := policy.ParseDenial(message)
		if !ok {
			return
		}
		for _, part := range []string{d.Action, d.PolicyARN} {
			if strings.ContainsAny(part, " \n\t") {
				t.Errorf("%q contains white space in %+v", part, d)
			}
		}
		if d.Effect == "" {
			t.Errorf("no effect in %+v", d)
		}
	})
}
