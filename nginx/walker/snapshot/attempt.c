/* From a process to a whole file: to where it is asked for, by a child if need be, and again where it was not exact. */
#define _GNU_SOURCE
#include "snapshot/snapshot.h"
#include "snapshot/outfile.h"
#include "snapshot/saved.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ATTEMPTS = 12, RETRY_NS = 3000000 };

static int write_file(struct snapshot *s, const char *file, struct error *e)
{
	struct outfile out;

	if (outfile_open(&out, file, e) != 0)
		return -1;
	return outfile_close(&out, snapshot_write(s, out.stream, e), e);
}

/* To stdout only what is whole: a reader of a pipe sees all or nothing. */
static int write_stdout(struct snapshot *s, const char *file, struct error *e)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int result;

	(void)file;
	if (!out)
		return error_set(e, EXIT_CANNOT_READ, "out of memory");
	result = snapshot_write(s, out, e);
	if (fclose(out) != 0 && result == 0)
		result = error_set(e, EXIT_CANNOT_READ, "out of memory");
	if (result == 0 && (fwrite(text, 1, size, stdout) != size || fflush(stdout) != 0))
		result = error_set(e, EXIT_USAGE, "cannot write to stdout: %s", strerror(errno));
	free(text);
	return result;
}

int snapshot_write_to(struct snapshot *s, const char *file, struct error *e)
{
	return file ? write_file(s, file, e) : write_stdout(s, file, e);
}

_Static_assert(sizeof(struct error) <= PIPE_BUF, "an error goes through a pipe in one piece");

/* In a child, which tells its error through a pipe. */
static int write_in_child(struct snapshot *s, const char *file, struct error *e)
{
	int told[2], alone[2], status, result;
	pid_t pid;
	char mark;

	if (pipe2(told, O_CLOEXEC) != 0 || pipe2(alone, O_CLOEXEC) != 0)
		return error_set(e, EXIT_CANNOT_READ, "no pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close(alone[1]);
		if (read(alone[0], &mark, 1) != 0)	/* closed once the image is this process's alone, and no page needs copying */
			_exit(1);
		result = write_file(s, file, e);
		if (result != 0 && write(told[1], e, sizeof(*e)) != sizeof(*e))
			_exit(1);
		_exit(result == 0 ? 0 : 1);
	}
	close(told[1]);
	close(alone[0]);
	image_free(&s->image);
	close(alone[1]);
	if (pid < 0 || read(told[0], e, sizeof(*e)) != sizeof(*e))
		error_set(e, EXIT_NOT_EXACT, "the heap of process %d could not be read to its end", (int)s->pid);
	close(told[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

typedef int (*write_fn)(struct snapshot *s, const char *file, struct error *e);

static int snapshot_retrying(pid_t pid, const struct options *o, const char *file, write_fn write, struct error *e)
{
	for (int attempt = 1;; attempt++) {
		const struct timespec nap = {0, RETRY_NS};
		struct snapshot s;
		int result = snapshot_take(&s, pid, o, e);
		bool again = result == 0;	/* what could not be taken won't be next time */

		s.attempts = attempt;
		s.retained = o->retained;
		s.retained_most = o->retained_most;
		s.details = o->details;
		if (result == 0 && o->save_image)
			result = saved_write(&s, o->save_image, e);
		if (result == 0)
			result = write(&s, file, e);
		snapshot_free(&s);
		/* A refused layout may be a heap caught at a bad moment: only the last try decides. */
		again = again && (e->code == EXIT_NOT_EXACT ? attempt < MAX_ATTEMPTS : e->code == EXIT_UNKNOWN_BUILD && attempt < 3);
		if (result == 0 || !again)
			return result;
		nanosleep(&nap, NULL);
	}
}

int snapshot_to_file(pid_t pid, const struct options *o, const char *file, struct error *e)
{
	return snapshot_retrying(pid, o, file, snapshot_write_to, e);
}

int snapshot_to_file_isolated(pid_t pid, const struct options *o, const char *file, struct error *e)
{
	return snapshot_retrying(pid, o, file, write_in_child, e);
}
