package authority

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"
)

// certificates parses the bundle; each block stands under a line that says what
// it is.
func certificates(t *testing.T) (all []*x509.Certificate) {
	t.Helper()
	for rest := rds; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if line := fmt.Sprintf("# %s, until %s\n", title(c), c.NotAfter.Format(time.DateOnly)); !bytes.Contains(rds, []byte(line)) {
			t.Errorf("no line %q", line)
		}
		all = append(all, c)
	}
}

var root = regexp.MustCompile(`^Amazon RDS ([a-z]+-[a-z]+-[0-9]) Root CA (RSA2048|RSA4096|ECC384) G1$`)

// title is Region and key of a root.
func title(c *x509.Certificate) string {
	parts := root.FindStringSubmatch(c.Subject.CommonName)
	if parts == nil {
		return "?"
	}
	return parts[1] + " " + parts[2]
}

// Each is a root that signed itself, named as AWS's documentation says, with a key
// as its name says, and every Region has all three.
func TestRoots(t *testing.T) {
	keys := map[string][]string{}
	for _, c := range certificates(t) {
		parts := root.FindStringSubmatch(c.Subject.CommonName)
		if parts == nil {
			t.Errorf("not named as a root of Amazon RDS: %s", c.Subject)
			continue
		}
		if err := c.CheckSignatureFrom(c); err != nil || !c.IsCA {
			t.Errorf("%s is no root: %v", c.Subject, err)
		}
		if Unknown(c.Issuer.String()) {
			t.Errorf("%s is not known", c.Issuer)
		}
		if key := keyOf(c); key != parts[2] {
			t.Errorf("%s has a key %s", c.Subject, key)
		}
		keys[parts[1]] = append(keys[parts[1]], parts[2])
	}
	for region, has := range keys {
		if slices.Sort(has); !slices.Equal(has, []string{"ECC384", "RSA2048", "RSA4096"}) {
			t.Errorf("%s has %v", region, has)
		}
	}
	// Regions of AgentCore Runtime ("Supported AWS Regions", Amazon Bedrock AgentCore Developer Guide).
	for _, region := range []string{"us-east-1", "us-east-2", "us-west-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-1"} {
		if keys[region] == nil {
			t.Errorf("nothing for %s", region)
		}
	}
	t.Logf("%d roots of %d Regions", len(certificates(t)), len(keys))
}

func keyOf(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA%d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECC%d", key.Params().BitSize)
	}
	return "?"
}

// A root is trusted with the roots of Amazon RDS, and not without; what was
// trusted before stays trusted.
func TestWithRDS(t *testing.T) {
	all := certificates(t)
	own := x509.NewCertPool()
	own.AddCert(all[0])
	at := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	trusted := func(c *x509.Certificate, by *x509.CertPool) bool {
		_, err := c.Verify(x509.VerifyOptions{Roots: by, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		return err == nil
	}
	for _, c := range all[1:] {
		if trusted(c, own) {
			t.Errorf("%s is trusted by another root", c.Subject)
		}
		if !trusted(c, WithRDS(own)) {
			t.Errorf("%s is not trusted", c.Subject)
		}
	}
	if !trusted(all[0], WithRDS(own)) {
		t.Error("what was trusted is not any more")
	}
	if trusted(all[1], own) {
		t.Error("the pool that was given has changed")
	}
	if !trusted(all[1], WithRDS(nil)) {
		t.Error("not with the system's roots")
	}
}

func TestUnknown(t *testing.T) {
	for name, want := range map[string]bool{
		"CN=Amazon RDS xx-new-1 Root CA RSA2048 G1,O=Amazon Web Services\\, Inc.": true,
		"CN=Amazon RDS us-east-1 Root CA RSA2048 G1":                              false, // whoever bears it is trusted, or no such root
		"CN=Amazon RDS us-east-1 Subordinate CA RSA2048 G1.A.1":                   false,
		"CN=Acme inspection": false,
		"":                   false,
	} {
		if got := Unknown(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
