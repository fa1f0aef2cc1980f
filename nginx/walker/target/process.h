/* Processes as /proc shows them. */
#ifndef HW_PROCESS_H
#define HW_PROCESS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct process {
	pid_t pid, parent;
	uid_t uid;
	char state;		/* R S D T t Z X */
	bool is_nginx;
	const char *role;	/* master | worker | agent | other */
	bool exiting;		/* a worker that is shutting down */
	char title[128];
};

/* What /proc/PID/FILE has, with a NUL after it; cut where there is no room for more. Returns its length; 0 where it can't be read. */
size_t process_text(pid_t pid, const char *file, char *to, size_t room);
/* All of it, to be freed; NULL with errno. */
char *process_text_all(pid_t pid, const char *file);
/* Returns 0, or -1 with errno where there is no such process. */
int process_read(pid_t pid, struct process *p);
/* Whether it is a master's child, or a child of one: whatever its title, it may have a copy of the master's Lua. */
bool process_is_below_master(const struct process *p);
/* Resident set in bytes; 0 where it can't be read. */
unsigned long long process_rss(pid_t pid);
/* What of it is private memory, and what shared memory: 0 before Linux 4.5. */
unsigned long long process_anonymous(pid_t pid);
unsigned long long process_shared(pid_t pid);
/* The most this process was resident with, in bytes; getrusage would count what its parent had at the fork. */
unsigned long long process_peak(void);
/* Write as a JSON array a master with its children, or (master 0) all nginx processes and what is below their masters. */
int process_list_json(FILE *out, pid_t master);

#endif
