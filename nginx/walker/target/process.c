#define _GNU_SOURCE
#include "target/process.h"
#include "base/json.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_GENERATIONS = 64 };

static FILE *proc_open(pid_t pid, const char *what)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/%s", (int)pid, what);
	return fopen(name, "re");
}

/* The command line with NULs as blanks: nginx writes its title there. */
static void read_title(pid_t pid, char *to, size_t room)
{
	FILE *f = proc_open(pid, "cmdline");
	size_t n = f ? fread(to, 1, room - 1, f) : 0;

	if (f)
		fclose(f);
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

int process_read(pid_t pid, struct process *p)
{
	FILE *f = proc_open(pid, "status");
	char line[256];
	int parent = 0;
	unsigned uid = 0;

	memset(p, 0, sizeof(*p));
	p->pid = pid;
	p->role = "other";
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "State: %c", &p->state);
		sscanf(line, "PPid: %d", &parent);
		sscanf(line, "Uid: %u", &uid);
	}
	fclose(f);
	p->parent = parent;
	p->uid = uid;
	read_title(pid, p->title, sizeof(p->title));
	read_role(p);
	return 0;
}

/* The kB that a line of /proc/PID/FILE has after its field, in bytes; 0 where it can't be read. */
static unsigned long long read_kb(pid_t pid, const char *file, const char *field)
{
	FILE *f = proc_open(pid, file);
	const size_t n = strlen(field);
	unsigned long long kb = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, field, n) == 0 && sscanf(line + n, "%llu", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb * 1024;
}

unsigned long long process_rss(pid_t pid)
{
	return read_kb(pid, "smaps_rollup", "Rss:");
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
	FILE *f = proc_open(pid, "stat");
	char text[1024];
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	unsigned long long ticks = 0;
	const char *at;

	if (f)
		fclose(f);
	text[n] = '\0';
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
