package main

import (
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// tie is a job object that ends the child when its last handle is closed, and so when this program
// ends.
type tie struct{ job windows.Handle }

// prepare keeps Ctrl-C from the child: this program ends it.
func prepare(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// bind does its best. Without a job the child is still killed by this program, unless this program
// itself is killed.
func bind(p *os.Process) tie {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return tie{}
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		var process windows.Handle
		process, err = windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE,
			false, uint32(p.Pid))
		if err == nil {
			err = windows.AssignProcessToJobObject(job, process)
			windows.CloseHandle(process)
		}
	}
	if err != nil {
		windows.CloseHandle(job)
		return tie{}
	}
	return tie{job}
}

// terminate reports false: Windows has no SIGTERM.
func (tie) terminate(*os.Process) bool { return false }

func (tie) kill(p *os.Process) { p.Kill() }

func (t tie) release() {
	if t.job != 0 {
		windows.CloseHandle(t.job)
	}
}
