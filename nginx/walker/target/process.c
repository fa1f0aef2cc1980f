#define _GNU_SOURCE
#include "target/process.h"
#include "base/json.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_GENERATIONS = 64,
	FIRST_TEXT = 1 << 18,		/* bytes: of smaps and maps mostly all, so that little is done while a process waits */
	STATUS = 4096,			/* bytes: what is read of status and smaps_rollup stands before */
};

static int open_file(pid_t pid, const char *file)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/%s", (int)pid, file);
	return open(name, O_RDONLY | O_CLOEXEC);
}

/* Adds what fits to a text of that size, with a NUL: less than there is room for only at the end of the file. Returns its size, or -1 with errno. */
static ssize_t read_on(int fd, char *text, size_t size, size_t room)
{
	while (size + 1 < room) {
		const ssize_t n = read(fd, text + size, room - size - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		size += (size_t)n;
	}
	text[size] = '\0';
	return (ssize_t)size;
}

size_t process_text(pid_t pid, const char *file, char *to, size_t room)
{
	const int fd = open_file(pid, file);
	const ssize_t size = fd < 0 ? -1 : read_on(fd, to, 0, room);

	if (fd >= 0)
		close(fd);
	to[size > 0 ? size : 0] = '\0';
	return size > 0 ? (size_t)size : 0;
}

char *process_text_all(pid_t pid, const char *file)
{
	const int fd = open_file(pid, file);
	size_t room = FIRST_TEXT;
	char *text = fd < 0 ? NULL : malloc(room);
	ssize_t size = text ? read_on(fd, text, 0, room) : -1;

	while (size >= 0 && (size_t)size + 1 == room) {
		char *more = realloc(text, room * 2);

		size = -1;
		if (more) {
			text = more;
			size = read_on(fd, text, room - 1, room * 2);
			room *= 2;
		}
	}
	if (size < 0) {
		const int reason = errno;

		free(text);
		text = NULL;
		errno = reason;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* The command line with NULs as blanks: nginx writes its title there. */
static void read_title(pid_t pid, char *to, size_t room)
{
	size_t n = process_text(pid, "cmdline", to, room);

	while (n > 0 && (to[n - 1] == '\0' || to[n - 1] == ' '))
		n--;
	for (size_t i = 0; i < n; i++)
		if (to[i] == '\0')
			to[i] = ' ';
	to[n] = '\0';
}

static void read_role(struct process *p)
{
	const char *t = p->title;

	p->is_nginx = strncmp(t, "nginx: ", 7) == 0;
	p->exiting = p->is_nginx && strstr(t, "is shutting down") != NULL;
	if (p->is_nginx && strncmp(t + 7, "master process", 14) == 0)
		p->role = "master";
	else if (p->is_nginx && strncmp(t + 7, "worker process", 14) == 0)
		p->role = "worker";
	else if (p->is_nginx && strncmp(t + 7, "privileged agent process", 24) == 0)
		p->role = "agent";
	else
		p->role = "other";
}

/* What follows a field at the beginning of a line, but for the first line; "" where there is none. */
static const char *after_field(const char *text, const char *field)
{
	const size_t n = strlen(field);

	for (const char *line = strchr(text, '\n'); line; line = strchr(line + 1, '\n'))
		if (strncmp(line + 1, field, n) == 0)
			return line + 1 + n;
	return "";
}

int process_read(pid_t pid, struct process *p)
{
	char text[STATUS];

	memset(p, 0, sizeof(*p));
	p->pid = pid;
	p->role = "other";
	if (process_text(pid, "status", text, sizeof(text)) == 0)
		return -1;
	sscanf(after_field(text, "State:"), " %c", &p->state);
	p->parent = (pid_t)strtol(after_field(text, "PPid:"), NULL, 10);
	p->uid = (uid_t)strtoul(after_field(text, "Uid:"), NULL, 10);
	read_title(pid, p->title, sizeof(p->title));
	read_role(p);
	return 0;
}

/* The kB that a line of /proc/PID/FILE has after its field, in bytes; 0 where it can't be read. */
static unsigned long long read_kb(pid_t pid, const char *file, const char *field)
{
	char text[STATUS];

	process_text(pid, file, text, sizeof(text));
	return strtoull(after_field(text, field), NULL, 10) * 1024;
}

unsigned long long process_rss(pid_t pid)
{
	return read_kb(pid, "smaps_rollup", "Rss:");
}

unsigned long long process_anonymous(pid_t pid)
{
	return read_kb(pid, "status", "RssAnon:");
}

unsigned long long process_shared(pid_t pid)
{
	return read_kb(pid, "status", "RssShmem:");
}

unsigned long long process_peak(void)
{
	return read_kb(getpid(), "status", "VmHWM:");
}

static bool program_of(pid_t pid, struct stat *st)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/exe", (int)pid);
	return stat(name, st) == 0;
}

/* Whether it runs the file that its parent runs, as one does that was forked and nothing more: JSON, null where the kernel does not show it. */
static const char *same_program(const struct process *p)
{
	struct stat own, above;

	if (!program_of(p->pid, &own) || !program_of(p->parent, &above))
		return "null";
	return own.st_dev == above.st_dev && own.st_ino == above.st_ino ? "true" : "false";
}

static bool is_master(const struct process *p)
{
	return strcmp(p->role, "master") == 0;
}

/* Clock ticks from the machine's boot to the start of the process, field 22; 0 where it can't be read. The name before may hold brackets. */
static unsigned long long start_ticks(pid_t pid)
{
	unsigned long long ticks = 0;
	char text[1024];
	const char *at;

	process_text(pid, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &ticks) != 1)
		return 0;
	return ticks;
}

bool process_is_below_master(const struct process *p)
{
	struct process above = *p;

	for (int generation = 0; generation < MAX_GENERATIONS && above.parent > 0; generation++)
		if (process_read(above.parent, &above) != 0)
			return false;
		else if (is_master(&above))
			return true;
	return false;
}

int process_list_json(FILE *out, pid_t master)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	bool first = true;

	if (!dir)
		return -1;
	fputc('[', out);
	while ((entry = readdir(dir))) {
		struct process p;

		if (!isdigit((unsigned char)entry->d_name[0]) || process_read((pid_t)atoi(entry->d_name), &p) != 0)
			continue;
		if (master ? p.parent != master && p.pid != master : !p.is_nginx && !process_is_below_master(&p))
			continue;
		fprintf(out, "%s\n{\"pid\":%d,\"ppid\":%d,\"uid\":%u,\"role\":\"%s\",\"exiting\":%s,\"waiting\":%s,\"sameProgram\":%s,\"startTicks\":%llu,\"title\":", first ? "" : ",",
			(int)p.pid, (int)p.parent, (unsigned)p.uid, p.role, p.exiting ? "true" : "false", p.state == 'S' ? "true" : "false", same_program(&p), start_ticks(p.pid));
		json_string(out, p.title, strlen(p.title));
		fputc('}', out);
		first = false;
	}
	closedir(dir);
	fputs("]\n", out);
	return ferror(out) ? -1 : 0;
}
