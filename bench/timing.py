"""What the benchmarks share: making captures, timing commands, naming the machine."""
import os
import platform
import resource
import shutil
import signal
import statistics
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "bench" / "data"
BUILD = ROOT / os.environ.get("BUILD", "build")
LAMNA = str(BUILD / "lamna")
GENERATOR = str(BUILD / "bench" / "lamna-generate")
# Long enough for any tool at a million packets; one that hangs must not hang the rest.
TIMEOUT = float(os.environ.get("TIMEOUT", "900"))


def must_be_built(name):
    for tool in (LAMNA, GENERATOR):
        if not os.access(tool, os.X_OK):
            raise SystemExit(f"{name}: {tool} is not built: run make first")
    DATA.mkdir(parents=True, exist_ok=True)


class Peak(threading.Thread):
    """Samples a process's peak RSS: wait4 alone never reports less than this interpreter's own,
    which the child has been between fork and exec."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path, self.kb, self.over = f"/proc/{pid}/status", 0, threading.Event()

    def run(self):
        while not self.over.wait(0.004):
            try:
                with open(self.path) as f:
                    for line in f:
                        if line.startswith("VmHWM:"):
                            self.kb = int(line.split()[1])
            except OSError:
                return


def once(argv, output):
    """Runs argv with its output in a file, so that no reader slows it: wall and CPU seconds, RSS,
    error."""
    with open(output, "wb") as out, open(DATA / "stderr", "w+b") as err:
        start = time.perf_counter()
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        signal.signal(signal.SIGALRM, lambda *_: child.kill())
        signal.setitimer(signal.ITIMER_REAL, TIMEOUT)
        peak = Peak(child.pid)
        peak.start()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        peak.over.set()
        peak.join()
        signal.setitimer(signal.ITIMER_REAL, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        text = err.read().decode(errors="replace").strip().splitlines()
    error = None
    if seconds >= TIMEOUT:
        error = f"stopped after {TIMEOUT:.0f} s"
    elif child.returncode != 0:
        error = f"status {child.returncode}" + (f": {text[-1]}" if text else "")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rss = usage.ru_maxrss if usage.ru_maxrss > own else peak.kb or usage.ru_maxrss
    return seconds, usage.ru_utime + usage.ru_stime, rss, error


def measure(tool, argv, packets, runs, count=None):
    if not shutil.which(argv[0]):
        return {"tool": tool, "argv": argv, "failed": "not found"}
    output = DATA / "output"
    seconds, cpu, rss = [], [], 0
    for _ in range(runs):
        elapsed, used, peak, error = once(argv, output)
        if error:
            return {"tool": tool, "argv": argv, "failed": error, "seconds": elapsed}
        seconds.append(elapsed)
        cpu.append(used)
        rss = max(rss, peak)
    median = statistics.median(seconds)
    result = {"tool": tool, "argv": argv, "seconds": median, "runs": seconds,
              "cpu_seconds": statistics.median(cpu),
              "packets_per_second": packets / median, "rss_kb": rss,
              "output_bytes": output.stat().st_size, "count": count(output) if count else None}
    output.unlink()
    return result


def generate(path, packets, *options):
    """By way of another name: an interrupted run must not leave half a file to measure. What an older
    generator made is made again."""
    if path.exists() and path.stat().st_mtime >= os.stat(GENERATOR).st_mtime:
        return
    partial = path.with_suffix(".partial")
    subprocess.run([GENERATOR, "--packets", str(packets), *options, "-o", str(partial)], check=True)
    partial.rename(path)


def version(argv):
    try:
        p = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError:
        return "not found"
    return ((p.stdout or p.stderr).strip().splitlines() or ["unknown"])[0]


def machine():
    cpu = next((l.split(":", 1)[1].strip() for l in Path("/proc/cpuinfo").read_text().splitlines()
                if l.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": cpu, "cores": os.cpu_count(), "load_at_start": round(os.getloadavg()[0], 2),
            "memory_mb": memory >> 20, "kernel": platform.release(),
            "lamna": version([LAMNA, "--version"]),
            "tshark": version(["tshark", "--version"]),
            "tcpdump": version(["tcpdump", "--version"])}
