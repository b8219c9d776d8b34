// Verdict says what Go's crypto/x509 says of certificate chains: one JSON case a line in, one answer a line out.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type verdictCase struct {
	Leaf          []byte
	Intermediates [][]byte
	Roots         [][]byte
	Server        bool
	Now           time.Time
}

func pool(ders [][]byte) *x509.CertPool {
	p := x509.NewCertPool()
	for _, der := range ders {
		if c, err := x509.ParseCertificate(der); err == nil {
			p.AddCert(c)
		}
	}
	return p
}

func verdict(line []byte) error {
	var c verdictCase
	if err := json.Unmarshal(line, &c); err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(c.Leaf)
	if err != nil {
		return err
	}
	usage := x509.ExtKeyUsageAny
	if c.Server {
		usage = x509.ExtKeyUsageServerAuth
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots:         pool(c.Roots),
		Intermediates: pool(c.Intermediates),
		CurrentTime:   c.Now,
		KeyUsages:     []x509.ExtKeyUsage{usage},
	})
	return err
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		if err := verdict(in.Bytes()); err != nil {
			fmt.Printf("refused: %q\n", err.Error())
		} else {
			fmt.Println("trusted")
		}
	}
}
