package cli

import (
	"fmt"
	"os"
)

// keyLogVariable names the file that browsers, curl and others write the secrets
// of TLS to.
const keyLogVariable = "SSLKEYLOGFILE"

// openKeyLog opens the file for the secrets of TLS, which are added behind those
// that it has: the one of --keylog, else that of SSLKEYLOGFILE; nil for none. Who
// has the file can read the connections, so that a new one is its owner's only.
func openKeyLog(flag string) (*os.File, error) {
	name, from := flag, "--keylog"
	if name == "" {
		name, from = os.Getenv(keyLogVariable), keyLogVariable
	}
	if name == "" {
		return nil, nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%s: the secrets of TLS can't be kept: %w", from, err)
	}
	return file, nil
}
