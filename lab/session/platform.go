package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/agentcore-probe/probe/lab/metadata"
	"github.com/agentcore-probe/probe/lab/running"
	"github.com/agentcore-probe/probe/lab/world"
)

// home is where a command's shared files are looked for: those of whoever starts
// the lab are not the world's.
const (
	home      = scratch + "/home"
	tokenFile = scratch + "/secrets/serviceaccount/token"
)

// profile is the profile of the shared files; source the one whose keys assume
// its role.
const (
	profile = "probe"
	source  = "base"
)

// platform adds the variables that a platform sets.
func platform(env []string, lab *world.Lab) []string {
	from := world.SourceEnvironment
	if lab.Credentials != nil {
		from = lab.Credentials.Source
	}
	region := []string{"AWS_REGION=" + lab.Region, "AWS_DEFAULT_REGION=" + lab.Region} // AWS SDKs read the first, AWS CLI and botocore the second
	if from == world.SourceEnvironment {
		if p, ok := lab.Principal(Probe); ok {
			region = append(region, credentials(p)...)
		}
		return append(env, region...)
	}
	env = append(without(env, "HOME"), "HOME="+home)
	switch from {
	case world.SourceNone:
		return append(env, region...)
	case world.SourceTask: // "Amazon ECS environment variables"
		return append(append(env, region...), "AWS_EXECUTION_ENV=AWS_ECS_FARGATE",
			"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="+metadata.TaskCredentials, "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2"+metadata.TaskMetadata)
	case world.SourcePod: // "Understand how EKS Pod Identity works"
		return append(append(env, region...), "AWS_STS_REGIONAL_ENDPOINTS=regional",
			"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23"+metadata.PodCredentials, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="+tokenFile)
	case world.SourceWebIdentity: // "Configure Pods to use a Kubernetes service account"
		return append(append(env, region...), "AWS_STS_REGIONAL_ENDPOINTS=regional",
			"AWS_ROLE_ARN="+lab.Credentials.Role, "AWS_WEB_IDENTITY_TOKEN_FILE="+tokenFile)
	case world.SourceProfile, world.SourceAssumeRole:
		return append(env, "AWS_PROFILE="+profile)
	}
	return env // an instance sets nothing
}

// placeFiles writes the files that a platform writes.
func placeFiles(r *running.World, lab *world.Lab) error {
	c := lab.Credentials
	if c == nil {
		return nil
	}
	token, err := r.ServiceAccountToken()
	if err != nil {
		return err
	}
	files := sharedFiles(lab)
	if token != "" {
		files["token"] = token
	}
	for name, content := range c.Files {
		if content == nil {
			delete(files, name)
			continue
		}
		files[name] = *content
	}
	paths := map[string]string{"config": home + "/.aws/config", "credentials": home + "/.aws/credentials", "token": tokenFile}
	all := []error{os.MkdirAll(home, 0o700)}
	for name, content := range files {
		all = append(all, os.MkdirAll(filepath.Dir(paths[name]), 0o700), os.WriteFile(paths[name], []byte(content), 0o600))
	}
	return errors.Join(all...)
}

// sharedFiles are what "aws configure" would have written, by name.
func sharedFiles(lab *world.Lab) map[string]string {
	head := fmt.Sprintf("[profile %s]\nregion = %s\n", profile, lab.Region)
	switch lab.Credentials.Source {
	case world.SourceProfile:
		p, _ := lab.Principal(Probe)
		return map[string]string{"config": head, "credentials": section(profile, p)}
	case world.SourceAssumeRole:
		p, _ := lab.Principal(source)
		return map[string]string{
			"config":      head + fmt.Sprintf("role_arn = %s\nsource_profile = %s\nrole_session_name = sidecar\n", lab.Credentials.Role, source),
			"credentials": section(source, p),
		}
	}
	return map[string]string{}
}

func section(name string, p world.Principal) string {
	lines := []string{"[" + name + "]", "aws_access_key_id = " + p.AccessKeyId, "aws_secret_access_key = " + p.SecretAccessKey}
	if p.SessionToken != "" {
		lines = append(lines, "aws_session_token = "+p.SessionToken)
	}
	return strings.Join(lines, "\n") + "\n"
}
