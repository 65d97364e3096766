package acceptance_test

import (
	"os"
	"os/exec"
	"syscall"
)

// nobody is an ordinary user and group (Debian's base-passwd).
const nobody = 65534

// users are whom the demo is run as: whoever runs the tests and, where that is
// root, an ordinary user.
func users() map[string]func(*exec.Cmd) {
	all := map[string]func(*exec.Cmd){"as the tests' user": nil}
	if os.Getuid() == 0 {
		all["as an ordinary user"] = func(cmd *exec.Cmd) {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			home, err := os.MkdirTemp(programs.dir, "home-")
			if err == nil {
				err = os.Chown(home, nobody, nobody)
			}
			if err != nil {
				cmd.Err = err
			}
			cmd.Env = append(cmd.Env, "HOME="+home)
		}
	}
	return all
}
