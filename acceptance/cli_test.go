package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
)

// cli is the name under which the tests' program stands for the AWS CLI. What
// Debian's CLI is too old to know, bedrock-agentcore-control, is done by the
// SDK: its generated input shapes say which options there are. Everything else
// is handed to Debian's.
const cli = "aws"

func amazon(ctx context.Context, args []string) error {
	if len(args) < 2 || args[0] != "bedrock-agentcore-control" {
		return unix.Exec("/usr/bin/aws", append([]string{"aws"}, args...), os.Environ())
	}
	region := ""
	if i := slices.Index(args, "--region"); i >= 0 && i+1 < len(args) {
		region = args[i+1]
		args = slices.Delete(args, i, i+2)
	}
	sdk, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(region))
	if err != nil {
		return err
	}
	client := bedrockagentcorecontrol.NewFromConfig(sdk)
	switch args[1] {
	case "put-resource-policy":
		return call(ctx, client.PutResourcePolicy, args[2:])
	case "delete-resource-policy":
		return call(ctx, client.DeleteResourcePolicy, args[2:])
	}
	return fmt.Errorf("aws bedrock-agentcore-control %s: no fix uses it", args[1])
}

// call fills an operation's input from options and calls it. The SDK refuses an
// input that lacks what is required.
func call[In, Out, Option any](ctx context.Context, operation func(context.Context, *In, ...Option) (Out, error), options []string) error {
	in := new(In)
	for len(options) > 0 {
		name, isOption := strings.CutPrefix(options[0], "--")
		if !isOption || len(options) < 2 {
			return fmt.Errorf("%s is not an option with a value", options[0])
		}
		field := reflect.ValueOf(in).Elem().FieldByName(fieldName(name))
		if !field.IsValid() || field.Type() != reflect.TypeFor[*string]() {
			return fmt.Errorf("--%s: %T has no such field", name, in)
		}
		field.Set(reflect.ValueOf(&options[1]))
		options = options[2:]
	}
	_, err := operation(ctx, in)
	return err
}

// fieldName is the SDK's name of an option: resource-arn is ResourceArn.
func fieldName(option string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(option, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// errNotOurs is returned for a name under which the tests' program is not run.
var errNotOurs = errors.New("not a name of ours")

// calledAs runs what the tests' program is called as.
func calledAs(name string, args []string) error {
	switch name {
	case cli:
		return amazon(context.Background(), args)
	case mender:
		return mend(context.Background(), args)
	}
	return errNotOurs
}
