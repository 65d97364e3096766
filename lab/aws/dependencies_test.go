package aws_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/world"
)

// dependencies are the services of the healthy isolated world, at noon.
func dependencies(t *testing.T) (*aws.Services, *world.World) {
	t.Helper()
	w, err := world.Healthy("isolated")
	if err != nil {
		t.Fatal(err)
	}
	return serving(w), w
}

func serving(w *world.World) *aws.Services {
	return aws.New(world.NewLive(w), func() time.Time { return noon }, nil)
}

func ask(s *aws.Services, service string, a aws.Arrival, r *http.Request) *httptest.ResponseRecorder {
	r.RemoteAddr = "10.0.1.20:40000"
	w := httptest.NewRecorder()
	s.Handler(service, a).ServeHTTP(w, r)
	return w
}

// The link is made by the AWS SDK's signer; codes and texts are those of "Error
// responses" (Amazon S3 API Reference).
func TestLinksToAnObject(t *testing.T) {
	services, w := dependencies(t)
	bucket := w.Lab().Buckets[0]
	p, _ := w.Lab().Principal("ecr")
	good := sdk.Credentials{AccessKeyID: p.AccessKeyId, SecretAccessKey: p.SecretAccessKey, SessionToken: p.SessionToken}
	unknown, wrong, token := good, good, good
	unknown.AccessKeyID, wrong.SecretAccessKey, token.SessionToken = "ASIANOBODY", "x", "x"
	for name, tc := range map[string]struct {
		signer sdk.Credentials
		age    time.Duration
		region string
		want   string
	}{
		"good":         {signer: good, want: "206"},
		"an hour old":  {signer: good, age: 61 * time.Minute, want: "403 AccessDenied Request has expired"},
		"unknown key":  {signer: unknown, want: "403 InvalidAccessKeyId The AWS Access Key Id you provided does not exist in our records."},
		"wrong secret": {signer: wrong, want: "403 SignatureDoesNotMatch The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
		"wrong token":  {signer: token, want: "400 InvalidToken The provided token is malformed or otherwise invalid."},
		"early":        {signer: good, age: -20 * time.Minute, want: "403 RequestTimeTooSkewed The difference between the request time and the current time is too large."},
		"a bit early":  {signer: good, age: -10 * time.Minute, want: "206"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "https://"+bucket.Name+".s3.us-east-1.amazonaws.com/"+bucket.Objects[0].Key+"?X-Amz-Expires=3600", nil)
			signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
			link, _, err := signer.PresignHTTP(t.Context(), tc.signer, r, "UNSIGNED-PAYLOAD", "s3", "us-east-1", noon.Add(-tc.age))
			if err != nil {
				t.Fatal(err)
			}
			r = httptest.NewRequest(http.MethodGet, link, nil)
			r.Header.Set("Range", "bytes=0-0")
			if d := cmp.Diff(tc.want, words(ask(services, aws.ServiceS3, aws.Arrival{}, r))); d != "" {
				t.Error(d)
			}
		})
	}
}

// words are status, and of an S3 error code and message.
func words(w *httptest.ResponseRecorder) string {
	said := []string{w.Result().Status[:3]}
	for _, element := range []string{"Code", "Message"} {
		if _, rest, ok := strings.Cut(w.Body.String(), "<"+element+">"); ok {
			text, _, _ := strings.Cut(rest, "</")
			said = append(said, text)
		}
	}
	return strings.Join(said, " ")
}

func TestTheRegistryWantsATokenOfItsOwn(t *testing.T) {
	services, _ := dependencies(t)
	const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
	for name, tc := range map[string]struct {
		authorization, want string
	}{
		"none":           {"", `401 {"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`},
		"nonsense":       {"Basic QVdTOm5vbnNlbnNl", `403 {"errors":[{"code":"DENIED","message":"Your Authorization Token is invalid."}]}`},
		"another scheme": {"Bearer x", `401 {"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`},
	} {
		r := httptest.NewRequest(http.MethodGet, "https://"+host+"/v2/", nil)
		if tc.authorization != "" {
			r.Header.Set("Authorization", tc.authorization)
		}
		w := ask(services, aws.ServiceRegistry, aws.Arrival{}, r)
		if d := cmp.Diff(tc.want, w.Result().Status[:3]+" "+w.Body.String()); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		challenge := w.Header().Get("Www-Authenticate")
		if want := `Basic realm="https://` + host + `/",service="ecr.amazonaws.com"`; w.Code == http.StatusUnauthorized && challenge != want {
			t.Errorf("%s: challenge %q", name, challenge)
		}
	}
}

// Nobody's request is judged by "*" alone: with a bucket policy it is let in, and
// the endpoint's policy still counts.
func TestUnsignedReads(t *testing.T) {
	services, w := dependencies(t)
	bucket := w.Lab().Buckets[0]
	s3, _ := w.Network().GatewayEndpoint(w.Network().VPCs[0].VpcID, "com.amazonaws.us-east-1.s3")
	through := aws.Arrival{Endpoint: s3.VpcEndpointID, VPC: s3.VpcID}
	object := url.URL{Scheme: "https", Host: bucket.Name + ".s3.us-east-1.amazonaws.com", Path: "/" + bucket.Objects[0].Key}
	get := func(a aws.Arrival) string {
		return words(ask(services, aws.ServiceS3, a, httptest.NewRequest(http.MethodGet, object.String(), nil)))
	}
	if got := get(aws.Arrival{}); got != "403 AccessDenied Access Denied" {
		t.Errorf("a private bucket: %s", got)
	}
	open := `[{"op":"add","path":"/Lab/Buckets/0/Policy","value":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}"}]`
	public, err := w.Patch([]byte(open))
	if err != nil {
		t.Fatal(err)
	}
	services = aws.New(world.NewLive(public), func() time.Time { return noon }, nil)
	if got := get(through); got != "200" {
		t.Errorf("a public bucket: %s", got)
	}
	object.Host = w.Lab().Buckets[1].Name + ".s3.us-east-1.amazonaws.com"
	if got := get(through); got != "403 AccessDenied Access Denied" {
		t.Errorf("another bucket: %s", got)
	}
}
