module ballast.dev/certificates/golden

go 1.24.0

require (
	k8s.io/apimachinery v0.34.1 // indirect
	k8s.io/client-go v0.34.1 // indirect
)
