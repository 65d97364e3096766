package metadata

import (
	"net/http"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/world"
)

// Paths of a task's endpoints, as the variables of its containers name them.
const (
	TaskCredentials = "/v2/credentials/" + world.TaskID
	TaskMetadata    = "/v4/" + world.TaskID + "-0527074092"
)

// PodCredentials is the path of the EKS Pod Identity agent's credentials, and
// PodAudience who its tokens are for.
const (
	PodCredentials = "/v1/credentials"
	PodAudience    = "pods.eks.amazonaws.com"
)

// task serves the credentials of a task's role ("Task IAM role") and what
// "Amazon ECS task metadata endpoint version 4" documents of the network.
func (p Platform) task() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+TaskCredentials, func(w http.ResponseWriter, _ *http.Request) {
		if status := p.knobs().Status; status != 0 {
			answer(w, status, map[string]string{"code": "CredentialsNotFound", "message": "unable to fetch the credentials of the task role"})
			return
		}
		s := p.session()
		answer(w, http.StatusOK, map[string]string{
			"RoleArn": p.knobs().Role, "AccessKeyId": s.AccessKeyId, "SecretAccessKey": s.SecretAccessKey, "Token": s.SessionToken, "Expiration": expiration(s),
		})
	})
	mux.HandleFunc("GET "+TaskMetadata, func(w http.ResponseWriter, r *http.Request) { answer(w, http.StatusOK, p.container(r)) })
	mux.HandleFunc("GET "+TaskMetadata+"/task", func(w http.ResponseWriter, r *http.Request) {
		eni, _ := interfaceAt(p.World(), source(r))
		answer(w, http.StatusOK, map[string]any{
			"Cluster": "agents", "TaskARN": p.taskARN(), "Family": "agentcore-probe", "Revision": "7", "KnownStatus": "RUNNING", "LaunchType": "FARGATE",
			"AvailabilityZone": tree.Text(eni, "AvailabilityZone"), "Containers": []any{p.container(r)},
		})
	})
	return mux
}

func (p Platform) taskARN() string {
	lab := p.World().Lab()
	return "arn:aws:ecs:" + lab.Region + ":" + lab.Account + ":task/agents/" + world.TaskID
}

func (p Platform) container(r *http.Request) map[string]any {
	eni, subnet := interfaceAt(p.World(), source(r))
	return map[string]any{
		"DockerId": world.TaskID + "-0527074092", "Name": "agentcore-probe",
		"Labels": map[string]string{"com.amazonaws.ecs.task-arn": p.taskARN()},
		"Networks": []any{map[string]any{
			"NetworkMode": "awsvpc", "IPv4Addresses": []string{tree.Text(eni, "PrivateIpAddress")}, "AttachmentIndex": 0,
			"MACAddress": tree.Text(eni, "MacAddress"), "IPv4SubnetCIDRBlock": tree.Text(subnet, "CidrBlock"),
			"PrivateDNSName": tree.Text(eni, "PrivateDnsName"),
		}},
	}
}

// pods serves the credentials of a pod's role for its service account's token
// ("Understand how EKS Pod Identity works"). How the agent words its refusals
// is not documented.
func (p Platform) pods() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PodCredentials, func(w http.ResponseWriter, r *http.Request) {
		if status := p.knobs().Status; status != 0 {
			http.Error(w, "(AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role.", status)
			return
		}
		if err := p.Verify(strings.TrimSpace(r.Header.Get("Authorization")), PodAudience); err != nil {
			http.Error(w, "(InvalidTokenException): "+err.Error(), http.StatusBadRequest)
			return
		}
		s := p.session()
		answer(w, http.StatusOK, map[string]string{
			"AccessKeyId": s.AccessKeyId, "SecretAccessKey": s.SecretAccessKey, "Token": s.SessionToken, "AccountId": s.Account, "Expiration": expiration(s),
		})
	})
	return mux
}
