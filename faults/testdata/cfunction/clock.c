#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "_cgo_export.h"
#include "clock.h"

static volatile sig_atomic_t ticked;

static void tick(int number) { ticked++; }

int start_clock(int microseconds) {
	struct sigaction action = {.sa_handler = tick, .sa_flags = SA_ONSTACK};
	struct itimerval every = {{0, microseconds}, {0, microseconds}};
	return sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &every, NULL);
}

int ticks(void) { return ticked; }

static void *call_back(void *unused) {
	usleep(3000); /* by then the handler has returned, and its loop waits */
	called(1);
	return NULL;
}

int start_thread(void) {
	pthread_t thread;
	return pthread_create(&thread, NULL, call_back, NULL) || pthread_detach(thread);
}

void nap(void) { usleep(100); }
