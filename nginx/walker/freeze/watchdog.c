#define _GNU_SOURCE
#include "freeze/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436	/* Linux 5.9, the same on all architectures: older headers do not name it */
#endif

static void watch(int fd, pid_t watched)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int timeout = -1;
	char mark;

	for (;;) {
		int n = poll(&p, 1, timeout);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			kill(watched, SIGKILL);
		if (n <= 0 || read(fd, &mark, 1) != 1)
			_exit(0);	/* done, or the watched process is gone */
		timeout = mark == 'a' ? WATCHDOG_MS : -1;
	}
}

int watchdog_start(struct watchdog *w)
{
	pid_t self = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	w->pid = fork();
	if (w->pid < 0) {
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	if (w->pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setsid();	/* a stop of the process group must not stop the watchdog */
		if (fds[0] != 0)
			dup2(fds[0], 0);
		/* hold no pipe of the watched process open */
		if (syscall(SYS_close_range, 1u, ~0u, 0u) != 0)
			for (int fd = 1; fd < 256; fd++)
				close(fd);
		watch(0, self);
	}
	close(fds[0]);
	w->fd = fds[1];
	return 0;
}

static void tell(const struct watchdog *w, char mark)
{
	while (write(w->fd, &mark, 1) < 0 && errno == EINTR)
		;
}

void watchdog_arm(const struct watchdog *w)
{
	tell(w, 'a');
}

void watchdog_disarm(const struct watchdog *w)
{
	tell(w, 'd');
}

void watchdog_stop(struct watchdog *w)
{
	close(w->fd);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
