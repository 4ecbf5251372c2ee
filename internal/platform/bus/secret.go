package bus

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"
)

const minSecret = 16

// nodeName is in every node's certificate; nodes check the key, not the address, so an address may change.
const nodeName = "node.parley.internal"

// subjectOf keeps installations apart that share an outside NATS.
func subjectOf(o Options) string {
	if o.Secret == "" {
		return "parley.all"
	}
	key, err := hkdf.Key(sha256.New, []byte(o.Secret), nil, "parley bus subject", 6)
	if err != nil {
		panic(err) // only for an impossible length
	}
	return "parley." + hex.EncodeToString(key)
}

// routeTLS makes every node of an installation the same certificate from the shared secret. Each shows it and accepts only it:
// the links are encrypted and both ends proved, with nothing to configure but the secret.
func routeTLS(secret string) (*tls.Config, error) {
	seed, err := hkdf.Key(sha256.New, []byte(secret), nil, "parley bus certificate", ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("derive the key of the nodes' certificate: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: nodeName},
		DNSNames:     []string{nodeName},
		// Fixed dates, so that all nodes make the same bytes and no clock matters.
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the nodes' certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make the nodes' certificate: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}},
		RootCAs:      pool, ServerName: nodeName,
		ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		MinVersion: tls.VersionTLS13,
	}, nil
}
