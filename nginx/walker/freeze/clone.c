#define _GNU_SOURCE
#include "freeze/clone.h"
#include "freeze/room.h"
#include "target/process.h"
#include "base/page.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of the worker's table of descriptors and working folder there is one for both. No exit signal. */
static const uint64_t SHARED = CLONE_FILES | CLONE_FS;

enum { PAGE_ENTRY = 8 };	/* bytes of a page table for each page */

/* -- What stands in the way ---------------------------------------------- */

/* A line of /proc/PID/status after its field; false where there is none. */
static bool read_status(pid_t pid, const char *field, char *to, size_t room)
{
	const size_t n = strlen(field);
	char name[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)pid);
	f = fopen(name, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		found = strncmp(line, field, n) == 0;
		if (found)
			snprintf(to, room, "%.*s", (int)strcspn(line + n, "\n"), line + n);
	}
	if (f)
		fclose(f);
	return found;
}

/* Filters of system calls are inherited: where what started the worker has the same, they let it clone. */
static bool has_own_filter(pid_t pid)
{
	char own[64], above[64];
	struct process p;

	return process_read(pid, &p) == 0 && read_status(pid, "Seccomp_filters:", own, sizeof(own)) &&
	       read_status(p.parent, "Seccomp_filters:", above, sizeof(above)) && strcmp(own, above) != 0;
}

static bool has_shadow_stack(pid_t pid)
{
	char features[64];

	return read_status(pid, "x86_Thread_features:", features, sizeof(features)) && strstr(features, "shstk");
}

/* Private memory that is read, and that is no part of the image: what the clone lacks of that cannot be kept beforehand. */
static const struct area *lost_area(const struct areas *areas)
{
	for (size_t i = 0; i < areas->count; i++) {
		const struct area *a = &areas->list[i];

		if (a->lost_by_fork && a->m.readable && !a->m.shared && !area_in_image(a))
			return a;
	}
	return NULL;
}

static int check_areas(const struct areas *areas, pid_t pid, struct error *e)
{
	const struct area *lost = lost_area(areas);

	if (!lost)
		return 0;
	return error_set(e, EXIT_NOT_EXACT,
			 "not tried: process %d has told the kernel to leave its memory at %" PRIx64 " out of clones (MADV_DONTFORK or MADV_WIPEONFORK). Leave out --freeze fork",
			 (int)pid, lost->m.start);
}

/*
** For the clone: private pages that can be written, each copied once the worker writes there, and the tables that say where pages are.
** For the copy: what an image has.
*/
static struct room_needed needed_for(const struct areas *areas)
{
	struct room_needed n = {0, 0};

	for (size_t i = 0; i < areas->count; i++) {
		const struct area *a = &areas->list[i];

		if (a->m.writable && !a->m.shared)
			n.clone += a->rss;
		if (area_in_image(a))
			n.copy += a->rss;
	}
	n.clone += n.clone / PAGE * PAGE_ENTRY;
	return n;
}

static int check(const struct areas *areas, pid_t pid, struct error *e)
{
	const struct room_needed needed = needed_for(areas);

	if (check_areas(areas, pid, e) != 0)
		return -1;
	if (has_shadow_stack(pid))
		return error_set(e, EXIT_NOT_EXACT, "not tried: process %d has a shadow stack, which a system call in its name would break. Leave out --freeze fork",
				 (int)pid);
	if (has_own_filter(pid))
		return error_set(e, EXIT_NOT_EXACT,
				 "not tried: process %d has a filter of system calls (seccomp) that what started it has not, and that may end it for a clone. Leave out --freeze fork", (int)pid);
	return room_check("", pid, &needed, e);
}

int clone_prepare(struct clone *c, pid_t of, struct error *e)
{
	struct areas areas;
	int result;

	memset(c, 0, sizeof(*c));
	c->of = of;
	if (areas_read(&areas, of) != 0)
		return error_set(e, EXIT_CANNOT_READ, "cannot read process %d: %s", (int)of, strerror(errno));
	result = inject_find(&c->code, &areas, of, e);
	if (result == 0)
		result = check(&areas, of, e);
	areas_free(&areas);
	return result;
}

/* -- Its life ------------------------------------------------------------ */

/* Where memory runs out in spite of all, the kernel is to end the clone rather than the worker. Only a precaution: no error. */
static void end_it_first(pid_t pid)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/oom_score_adj", (int)pid);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "1000", 4);
	close(fd);
}

static const char *why_refused(int64_t value)
{
	switch (-value) {
	case EAGAIN:
		return "no further process is allowed to it (pids.max of its control group, or its user's limit of processes)";
	case ENOMEM:
		return "the kernel has no memory for that";
	case EPERM:
		return "a filter of system calls (seccomp) forbids it";
	default:
		return strerror((int)-value);
	}
}

/* It stands still from its birth on; if this process dies, it ends. */
static bool hold(pid_t child, const struct watchdog *dog)
{
	struct stop_wait stops = {.dog = dog};
	int status;

	return stop_next(&stops, child, UINT64_MAX, &status) == 1 &&
	       ptrace(PTRACE_SETOPTIONS, child, 0, (void *)(long)(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD)) == 0;
}

int clone_make(struct clone *c, const struct areas *areas, const struct watchdog *dog, struct error *e)
{
	const struct inject_call call = {.number = SYS_clone, .args = {SHARED}, .clones = true};
	struct inject_result made;

	if (check_areas(areas, c->of, e) != 0 || inject_make(&made, c->of, &c->code, &call, dog, e) != 0)
		return -1;
	if (made.value < 0)
		return error_set(e, EXIT_NOT_EXACT, "process %d could not be cloned: %s. Leave out --freeze fork", (int)c->of, why_refused(made.value));
	c->named = (pid_t)made.value;
	c->pid = made.child;
	if (made.child == 0 || !hold(made.child, dog))
		return error_set(e, EXIT_CANNOT_READ, "the clone of process %d ended before it could be read", (int)c->of);
	end_it_first(c->pid);
	return 0;
}

/* In the worker's name: a process that has ended keeps its number until its parent has asked for it. Returns how long the worker stood still. */
static uint64_t collect(const struct clone *c, int timeout_ms, const struct watchdog *dog)
{
	const struct inject_call call = {.number = SYS_wait4, .args = {(uint64_t)c->named, 0, WNOHANG | __WALL}};
	struct inject_result waited;
	struct frozen frozen;
	struct error e;

	if (freeze_begin(&frozen, c->of, timeout_ms, false, dog, &e) != 0)
		return 0;
	inject_make(&waited, c->of, &c->code, &call, dog, &e);
	freeze_release(&frozen);
	return frozen.pause_ns;
}

uint64_t clone_end(struct clone *c, int timeout_ms, const struct watchdog *dog)
{
	struct stop_wait stops = {.dog = dog};
	uint64_t pause_ns;
	int status;

	if (c->pid == 0)
		return 0;
	kill(c->pid, SIGKILL);
	while (stop_next(&stops, c->pid, UINT64_MAX, &status) == 1)
		;
	pause_ns = collect(c, timeout_ms, dog);
	if (kill(c->pid, 0) != 0)
		c->pid = 0;
	return pause_ns;
}
