// Command parley is the whole product in one binary. It only hands over to internal/app.
package main

import (
	"os"

	"parley/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], os.Stdout, os.Stderr)) //nolint:forbidigo // only main exits
}
