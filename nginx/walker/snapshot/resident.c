#define _GNU_SOURCE
#include "snapshot/resident.h"
#include "freeze/freeze.h"
#include "target/process.h"
#include "snapshot/snapshot.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 8192, GRACE_MS = 3000, END_MS = 2, REAP_MS = 20 };

struct resident {
	int control;
	pid_t child;
	bool child_ended;
	int exit_code;
	char line[LINE];
	size_t length;
};

static void answer(const struct resident *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void answer(const struct resident *r, const char *format, ...)
{
	char text[2048];
	size_t done = 0, length;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text) - 1, format, args);
	va_end(args);
	length = n < 0 ? 0 : (size_t)n < sizeof(text) - 1 ? (size_t)n : sizeof(text) - 2;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\n')
			text[i] = ' ';
	text[length++] = '\n';
	while (done < length) {
		ssize_t sent = send(r->control, text + done, length - done, MSG_NOSIGNAL);

		if (sent < 0 && errno == ENOTSOCK)
			sent = write(r->control, text + done, length - done);
		if (sent <= 0 && errno != EINTR)
			return;	/* nobody listens any more: the loop sees that next */
		done += sent > 0 ? (size_t)sent : 0;
	}
}

/* -- Descendants --------------------------------------------------------- */

static void reap(struct resident *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != r->child)
			continue;
		r->child_ended = true;
		r->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

/* All that are left are children of ours: orphans come to a subreaper. Returns how many got the signal. */
static int signal_children(int signal)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	while (dir && (entry = readdir(dir))) {
		struct process p;

		if (isdigit((unsigned char)entry->d_name[0]) && process_read((pid_t)atoi(entry->d_name), &p) == 0 &&
		    p.parent == getpid() && p.state != 'Z' && kill(p.pid, signal) == 0)
			count++;
	}
	if (dir)
		closedir(dir);
	return count;
}

static void nap(int ms)
{
	const struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};

	nanosleep(&t, NULL);
}

/* nginx's fast shutdown first; then whatever is left is killed, generation by generation. */
static void end_everything(struct resident *r)
{
	if (!r->child_ended && kill(r->child, SIGTERM) == 0) {
		/* It takes some 15 ms, for which whoever stops a server waits. */
		for (int waited = 0; waited < GRACE_MS && !r->child_ended; waited += END_MS) {
			nap(END_MS);
			reap(r);
		}
	}
	for (int tries = 0; tries < GRACE_MS / REAP_MS; tries++) {
		reap(r);
		if (signal_children(SIGKILL) == 0)
			break;
		nap(REAP_MS);
	}
	reap(r);
}

/* -- Commands ------------------------------------------------------------ */

/*
** The worker is copied here, by its ancestor; the copy is read by a child, so that nothing found in it can take
** nginx's owner down, and its memory goes with the child.
*/
static void command_snap(const struct resident *r, const char *arguments)
{
	const struct options options = {.timeout_ms = FREEZE_TIMEOUT_MS};
	struct error e = {EXIT_OK, ""};
	char *file;
	long pid = strtol(arguments, &file, 10);

	if (pid <= 1 || *file != ' ' || file[1] == '\0') {
		answer(r, "error %d snap takes a process id and a file name", EXIT_USAGE);
		return;
	}
	if (snapshot_to_file_isolated((pid_t)pid, &options, file + 1, &e) == 0)
		answer(r, "ok");
	else
		answer(r, "error %d %s", e.code, e.text);
}

static void command_counters(const struct resident *r, const char *arguments)
{
	struct error e = {EXIT_OK, ""};
	struct counters c;
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (snapshot_counters((pid_t)atoi(arguments), &c, &e) != 0) {
		answer(r, "error %d %s", e.code, e.text);
		return;
	}
	out = open_memstream(&text, &size);
	if (out) {
		counters_json(out, &c);
		fclose(out);
	}
	answer(r, "ok %s", text ? text : "null");
	free(text);
}

/* Returns false when it is time to go. */
static bool command(struct resident *r, const char *line)
{
	if (strncmp(line, "snap ", 5) == 0) {
		command_snap(r, line + 5);
	} else if (strncmp(line, "counters ", 9) == 0) {
		command_counters(r, line + 9);
	} else if (strcmp(line, "quit") == 0) {
		end_everything(r);
		answer(r, "ok");
		return false;
	} else {
		answer(r, "error %d unknown command '%.40s': snap, counters, quit", EXIT_USAGE, line);
	}
	return true;
}

static bool read_commands(struct resident *r)
{
	ssize_t n = read(r->control, r->line + r->length, sizeof(r->line) - 1 - r->length);
	char *end;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	r->length += (size_t)n;
	r->line[r->length] = '\0';
	while ((end = strchr(r->line, '\n'))) {
		size_t used = (size_t)(end - r->line) + 1;

		*end = '\0';
		if (!command(r, r->line))
			return false;
		memmove(r->line, r->line + used, r->length - used + 1);
		r->length -= used;
	}
	return r->length < sizeof(r->line) - 1;	/* a line that long is no command */
}

/* -- Life ---------------------------------------------------------------- */

static pid_t start(char **argv, int control, const sigset_t *before, int *reason)
{
	int told[2];
	pid_t pid;

	if (pipe2(told, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(control);
		prctl(PR_SET_PDEATHSIG, SIGTERM);	/* even if this process is killed, nginx shuts down */
		sigprocmask(SIG_SETMASK, before, NULL);
		execvp(argv[0], argv);
		*reason = errno;
		if (write(told[1], reason, sizeof(*reason)) != sizeof(*reason))
			_exit(126);
		_exit(127);
	}
	close(told[1]);
	*reason = 0;
	if (pid > 0 && read(told[0], reason, sizeof(*reason)) == sizeof(*reason)) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(told[0]);
	return pid;
}

int resident_run(int control, char **argv)
{
	struct resident r = {.control = control};
	struct pollfd wait[2];
	sigset_t signals, before;
	int reason;

	setpgid(0, 0);	/* Ctrl-C goes to the one who asked, and from there comes 'quit' */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	wait[0] = (struct pollfd){.fd = control, .events = POLLIN};
	wait[1] = (struct pollfd){.fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN};
	r.child = start(argv, control, &before, &reason);
	if (r.child < 0) {
		fprintf(stderr, "heapwalk: cannot start %s: %s\n", argv[0], strerror(reason));
		answer(&r, "error %d cannot start %s: %s", EXIT_CANNOT_READ, argv[0], strerror(reason));
		return EXIT_CANNOT_READ;
	}
	answer(&r, "ready %d", (int)r.child);
	for (;;) {
		struct signalfd_siginfo info;
		bool told_to_go = false;

		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			break;
		while (read(wait[1].fd, &info, sizeof(info)) == sizeof(info))
			told_to_go |= info.ssi_signo != SIGCHLD;
		reap(&r);
		if (r.child_ended) {
			answer(&r, "exit %d", r.exit_code);
			break;
		}
		if (told_to_go)
			break;
		if ((wait[0].revents & (POLLIN | POLLHUP | POLLERR)) && !read_commands(&r))
			break;
	}
	end_everything(&r);
	return r.exit_code;
}
