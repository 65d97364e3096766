package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// notPermitted says what to allow where err means that namespaces, or what we
// need to do in them, are refused.
func notPermitted(err error) error {
	switch {
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w (%w): in a container, start it with --security-opt systempaths=unconfined", ErrNotPermitted, err)
	case errors.Is(err, syscall.ENOSPC) || setting("user/max_user_namespaces") == "0":
		return fmt.Errorf("%w (%w): allow them with sysctl -w user.max_user_namespaces=10000", ErrNotPermitted, err)
	case !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.EACCES) && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOSYS):
		return err
	case setting("kernel/unprivileged_userns_clone") == "0":
		return fmt.Errorf("%w (%w): allow them with sysctl -w kernel.unprivileged_userns_clone=1", ErrNotPermitted, err)
	case setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
		return fmt.Errorf("%w (%w): allow them with sysctl -w kernel.apparmor_restrict_unprivileged_userns=0", ErrNotPermitted, err)
	}
	return fmt.Errorf("%w (%w): in a container, start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined", ErrNotPermitted, err)
}

func setting(path string) string {
	data, err := os.ReadFile("/proc/sys/" + path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
