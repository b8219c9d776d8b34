// Writes the golden tables and durations of the expiration tests with what kubeadm itself is made of: Go's tabwriter and
// time formats and Kubernetes' duration package. The rows are those of cmd/kubeadm/app/cmd/certs.go.
// Run: cd certificates/src/test/golden && go run . ../resources/golden
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"text/template"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/client-go/util/jsonpath"
)

type entry struct {
	name, ca string
	left     time.Duration
	external string
	missing  bool
}

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func table(minor int) string {
	human := duration.ShortHumanDuration
	if minor >= 31 {
		human = duration.HumanDuration
	}
	conf := "ca"
	if minor < 24 {
		conf = ""
	}
	const h = time.Hour
	certificates := []entry{
		{"admin.conf", conf, 364*24*h + 23*h, "no", false},
		{"apiserver", "ca", 400 * 24 * h, "no", false},
		{"apiserver-etcd-client", "etcd-ca", 26 * h, "yes", false},
		{"apiserver-kubelet-client", "ca", 90 * time.Minute, "no", false},
		{"controller-manager.conf", conf, 45 * time.Second, "no", false},
		{"etcd-healthcheck-client", "etcd-ca", 0, "yes", true},
		{"etcd-peer", "etcd-ca", -3 * time.Second, "yes", false},
		{"etcd-server", "etcd-ca", -time.Second, "yes", false},
		{"front-proxy-client", "front-proxy-ca", 7*24*h + 5*h, "no", false},
		{"scheduler.conf", conf, 7*time.Hour + 59*time.Minute, "no", false},
	}
	if minor >= 29 {
		certificates = append(certificates, entry{"super-admin.conf", conf, 0, "no", true})
	}
	authorities := []entry{
		{"ca", "", 3649*24*h + 23*h, "no", false},
		{"etcd-ca", "", 900 * 24 * h, "yes", false},
		{"front-proxy-ca", "", 0, "no", true},
	}
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 10, 4, 3, ' ', 0)
	fmt.Fprintln(w, "CERTIFICATE\tEXPIRES\tRESIDUAL TIME\tCERTIFICATE AUTHORITY\tEXTERNALLY MANAGED")
	for _, e := range certificates {
		if e.missing {
			fmt.Fprintf(w, "!MISSING! %s\t\t\t\t\n", e.name)
			continue
		}
		date := now.Add(e.left).Format("Jan 02, 2006 15:04 MST")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%-8v\n", e.name, date, human(e.left), e.ca, e.external)
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "CERTIFICATE AUTHORITY\tEXPIRES\tRESIDUAL TIME\tEXTERNALLY MANAGED")
	for _, e := range authorities {
		if e.missing {
			fmt.Fprintf(w, "!MISSING! %s\t\t\t\n", e.name)
			continue
		}
		date := now.Add(e.left).Format("Jan 02, 2006 15:04 MST")
		fmt.Fprintf(w, "%s\t%s\t%s\t%-8v\n", e.name, date, human(e.left), e.external)
	}
	w.Flush()
	return out.String()
}

func durations() string {
	var out bytes.Buffer
	for _, s := range []int64{-100, -2, -1, 0, 1, 59, 60, 119, 120, 121, 180, 599, 600, 3599, 3600, 10799, 10800, 10860,
		28799, 28800, 86399, 86400, 172799, 172800, 176400, 259200, 691199, 691200, 31535999, 31536000, 34560000,
		63071999, 63072000, 63158400, 252287999, 252288000, 252460800, 315359999, 3153600000} {
		d := time.Duration(s) * time.Second
		fmt.Fprintf(&out, "%d %s %s\n", s, duration.ShortHumanDuration(d), duration.HumanDuration(d))
	}
	return out.String()
}

func data() map[string]any {
	one := func(name, ca string, left int64) map[string]any {
		return map[string]any{"name": name, "caName": ca, "residualTime": left, "missing": false,
			"externallyManaged": left%2 == 1, "expirationDate": "2027-01-04T12:42:11Z"}
	}
	return map[string]any{
		"kind":       "CertificateExpirationInfo",
		"apiVersion": "output.kubeadm.k8s.io/v1alpha3",
		"certificates": []any{one("admin.conf", "ca", 100), one("apiserver", "ca", 201), one("etcd-server", "etcd-ca", -5),
			map[string]any{"name": "super-admin.conf", "expirationDate": nil, "residualTime": int64(0), "externallyManaged": false, "missing": true}},
		"certificateAuthorities": []any{one("ca", "", 3000)},
	}
}

var paths = []string{
	`{.kind}`, `plain {.kind} text`, `{.certificates[0].name}`, `{.certificates[-1].name}`, `{.certificates[*].name}`,
	`{.certificates[0:2].name}`, `{.certificates[::2].name}`, `{.certificates[0,2].name}`, `{.certificates..name}`,
	`{range .certificates[*]}{.name}{"\t"}{.residualTime}{"\n"}{end}`,
	`{.certificates[?(@.name=="apiserver")].residualTime}`, `{.certificates[?(@.residualTime<150)].name}`,
	`{.certificates[?(@.residualTime>=201)].name}`, `{.certificates[?(@.missing==true)].name}`, `{.certificates[?(@.caName)].name}`,
	`{.certificates[?(@.caName!="ca")].name}`, `{.certificates[0]['name','caName']}`, `{.nothing}`, `{.certificates[9].name}`,
	`{.certificates[0]}`, `{.certificateAuthorities}`, `{['kind']}`, `{@.kind}`, `{$.kind}`, `{"literal"}`,
	`{.certificates[3].expirationDate}`, `{.certificates[1].externallyManaged}`, `{.kind`, `{.certificates[}`,
}

var templates = []string{
	`{{.kind}}`, `{{range .certificates}}{{.name}} {{.residualTime}}{{"\n"}}{{end}}`,
	`{{range $i, $c := .certificates}}{{$i}}={{$c.name}};{{end}}`, `{{len .certificates}}`, `{{(index .certificates 1).name}}`,
	`{{if .nothing}}a{{else}}b{{end}}`, `{{if eq .kind "x"}}a{{else if eq .kind "CertificateExpirationInfo"}}b{{else}}c{{end}}`,
	`{{range .certificates}}{{if lt .residualTime 150}}{{.name}} {{end}}{{end}}`, `{{range .certificates}}{{if and .caName (not .missing)}}{{.name}} {{end}}{{end}}`,
	`{{with .kind}}[{{.}}]{{end}}`, `{{printf "%s=%d %v %q" .kind 3 true "x"}}`, `{{- "a" -}} b {{- /* c */ -}} d`, `{{.nothing}}`, `{{.kind | printf "%-30s|"}}`,
	`{{$x := .kind}}{{$x}}`, `{{range .nothing}}a{{else}}empty{{end}}`, `{{or .nothing .kind}}`, `{{ne .kind "a"}} {{ge 3 3}}`, `{{.certificateAuthorities}}`,
	`{{range .certificates}}{{if .missing}}{{continue}}{{end}}{{.name}} {{end}}`, `{{range .certificates}}{{.name}}{{break}}{{end}}`, `{{println .kind 1}}`, `{{print 1 2 "a" "b" 3}}`,
	"{{`raw`}}", `{{.certificates.name}}`, `{{range .certificates}}`, `{{undefined .}}`, `{{.kind.sub}}`, `{{$y}}`, `{{slice .kind 0 3}}`, `{{printf "%5d|%-5d|%05d|%x" 42 42 42 255}}`,
	`{{$n := 0}}{{range .certificates}}{{$n = .residualTime}}{{end}}{{$n}}`, `{{(index .certificates 3).expirationDate}}`,
	"a {{- /* trim */ -}} b", "x\n{{- if .kind}}\n y\n{{- end}}\nz", `{{with .nothing}}a{{else with .kind}}{{.}}{{else}}c{{end}}`, `{{with $c := index .certificates 0}}{{$c.name}}{{end}}`,
	`{{define "row"}}<{{.name}}>{{end}}{{range .certificates}}{{template "row" .}}{{end}}`, `{{block "b" .kind}}[{{.}}]{{end}}`, `{{template "none"}}`,
	`{{.nothing.sub}}`, `{{(index .certificates 3).expirationDate.sub}}`, `{{index . "kind"}}`, `{{index .certificates 9}}`, `{{index .certificates "a"}}`, `{{index . "none"}}`,
	`{{(index .certificates 0)}}`, `{{index .certificates 3}}`, `{{.certificates | len}}`, `{{len 3}}`, `{{len "äö"}}`, `{{range $k, $v := index .certificates 0}}{{$k}}={{$v}},{{end}}`,
	`{{range 3}}{{.}}{{end}}`, `{{range $i := 2}}{{$i}}{{end}}`, `{{range .kind}}{{.}}{{end}}`, `{{range $c := .certificates}}{{$c.name}}{{else}}none{{end}}`,
	`{{eq .kind "a" "CertificateExpirationInfo"}}`, `{{eq 1 "a"}}`, `{{eq .nothing .nothing}}`, `{{eq .nothing "a"}}`, `{{lt "a" "b"}}`, `{{lt true false}}`, `{{gt 2 1}}{{le 1 1}}{{ge 1 2}}`, `{{eq}}`,
	`{{and}}`, `{{and 1 0 2}}`, `{{or 0 "" "x" "y"}}`, `{{not ""}}`, `{{not 1 2}}`, `{{and .nothing .nothing.sub.deep}}`, `{{if and true (or false .kind)}}y{{end}}`,
	`{{html "<a href='x'>&\""}}`, `{{js "it's \"<b>\" = \\ \n é"}}`, `{{urlquery "a b&c/d" "é"}}`, `{{print nil}}`, `{{nil}}`, `{{print .nothing}}`, `{{.nothing | printf "%v"}}`, `{{print}}`,
	`{{printf "%s %s" "a"}}`, `{{printf "%d" "a"}}`, `{{printf "%d" 1 2}}`, `{{printf "%z" 1}}`, `{{printf "%5s|%-5s|%.2s|%5.1s|" "ab" "ab" "abc" "xyz"}}`, `{{printf "%+d % d %x %X %o %b %c %U %#x %08.3f" 5 5 255 255 8 5 65 65 255 3.14159}}`,
	`{{printf "%v %v %v" 1.5 1e21 100000.0}}`, `{{printf "%e %g %6.2f|" 12345.678 12345.678 2.5}}`, `{{printf "%t %v" true false}}`, `{{printf "%q %x % x" "a\"b" "hi" "hi"}}`, `{{printf "%*d" 5 42}}`, `{{printf "%%"}}`, `{{printf "%!"}}`,
	`{{printf "%s" 3}}`, `{{printf "%v" .certificateAuthorities}}`, `{{printf "%s" true}}`, `{{printf "%q" 65}}`, `{{printf "%T %T" "a" 1}}`, `{{printf "%[2]s %[1]s" "a" "b"}}`, `{{printf "%6.3d|%+.1e" 7 1234.5}}`,
	`{{1_000}} {{0x1F}} {{0b11}} {{0o17}} {{'a'}} {{1e3}} {{-5}} {{1.50}}`, `{{"tab\there é \x41"}}`, `{{true}} {{false}}`, `{{.}}`, `{{$}}`, `{{$.kind}}`, `{{range .certificates}}{{$.kind}}{{break}}{{end}}`,
	`{{if true}}{{$x := 1}}{{end}}{{$x}}`, `{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}`, `{{$x = 1}}`, `{{.kind "a"}}`, `{{"a" "b"}}`, `{{print | print}}`, `{{"x" | 3}}`, `{{ .kind | len | printf "%03d" }}`,
	`{{if}}a{{end}}`, `{{end}}`, `{{else}}`, `{{if .kind}}a{{else}}b{{else}}c{{end}}`, `{{break}}`, `{{.kind`, `{{"open}}`, `{{/* open }}`, `{{.a b}}`, `{{(.kind}}`, `{{.kind)}}`, `{{.kind}} }} {`, `{{ }}`, `{{|}}`, `{{.kind |}}`, `{{9a}}`, `{{slice .certificates 1 2}}`, `{{slice .kind 20 3}}`, `{{slice .kind}}`, `{{slice "abc" 1}}`,
	`{{not .nothing}}`, `{{if not .certificates}}empty{{else}}full{{end}}`, `{{ne 1 2}} {{eq true true}}`, `{{with .kind}}{{$.apiVersion}} {{.}}{{end}}`, `{{range $i, $c := .certificates}}{{if $i}}, {{end}}{{$c.name}}{{end}}`, `{{println "a" 1 nil true}}`, `{{print "a" 1 2 true false "b"}}`,
	`{{range .certificates}}{{if .missing}}{{break}}{{end}}{{with .caName}}{{.}} {{end}}{{end}}`, `{{- .kind -}}`, `{{-3}}`, `{{- 3}}`, `{{call .kind}}`, `{{define "a"}}{{end}}{{define "b"}}x{{end}}{{template "b"}}`, `{{define "a"}}{{.}}{{end}}{{template "a" 3}}{{template "a"}}`,
}

func evaluate(kind string, expressions []string, run func(string) (string, error)) string {
	var out bytes.Buffer
	for _, e := range expressions {
		r, err := run(e)
		if err != nil {
			fmt.Fprintf(&out, "%q error\n", e)
		} else {
			fmt.Fprintf(&out, "%q %q\n", e, r)
		}
	}
	return out.String()
}

func main() {
	to := os.Args[1]
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(to, name), []byte(text), 0o644); err != nil {
			panic(err)
		}
	}
	for _, minor := range []int{20, 23, 24, 29, 31} {
		write(fmt.Sprintf("table-1.%d.txt", minor), table(minor))
	}
	write("durations.txt", durations())
	write("jsonpath.txt", evaluate("jsonpath", paths, func(e string) (string, error) {
		j := jsonpath.New("out").AllowMissingKeys(true)
		if err := j.Parse(e); err != nil {
			return "", err
		}
		var b bytes.Buffer
		err := j.Execute(&b, data())
		return b.String(), err
	}))
	write("go-template.txt", evaluate("template", templates, func(e string) (string, error) {
		t, err := template.New("output").Option("missingkey=default").Parse(e)
		if err != nil {
			return "", err
		}
		var b bytes.Buffer
		err = t.Execute(&b, data())
		return b.String(), err
	}))
}
