"""The programs that are compared: how each is told to do the same, with what it chooses by itself."""

import os
import signal
import subprocess
import time


class Failure(Exception):
    pass


class Program:
    """A program with a repository of its own in a scratch folder."""

    def __init__(self, name, path, scratch):
        self.name = name
        self.path = path
        self.repository = os.path.join(scratch, name)
        self.environment = dict(os.environ, **self.variables(scratch))

    def run(self, *arguments, folder=None):
        """Runs to the end; wall and CPU seconds, peak memory in KiB."""
        begin = time.monotonic()
        process = subprocess.Popen(
            [self.path, *arguments],
            env=self.environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begin
        if process.returncode != 0:
            text = output[-2000:].decode(errors="replace")
            raise Failure(f"{self.name} {' '.join(arguments)}: {process.returncode}\n{text}")
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss

    def size(self):
        walk = os.walk(self.repository)
        return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in walk for name in names)


class Restic(Program):
    def variables(self, scratch):
        return {
            "RESTIC_REPOSITORY": self.repository,
            "RESTIC_PASSWORD": "benchmark",
            "RESTIC_CACHE_DIR": os.path.join(scratch, f"{self.name}-cache"),
            "STILLPOINT_STATE_DIR": os.path.join(scratch, f"{self.name}-state"),
        }

    def init(self):
        return self.run("init", "--quiet")

    def backup(self, source):
        return self.run("backup", "--quiet", source)

    def restore(self, source, target):
        return self.run("restore", "--quiet", f"latest:{source}", "--target", target)

    def check(self):
        return self.run("check", "--quiet", "--read-data")

    def list(self):
        return self.run("ls", "--long", "latest")

    def check_structure(self):
        return self.run("check", "--quiet")

    def show_config(self):
        return self.run("cat", "config")

    def forget(self, *options):
        return self.run("forget", "--quiet", "--keep-last", "3", *options)

    def copy_from(self, repository):
        self.environment["RESTIC_FROM_PASSWORD"] = self.environment["RESTIC_PASSWORD"]
        return self.run("copy", "--quiet", "--from-repo", repository)

    def list_mounted(self, folder):
        """Lists what is in the latest snapshot, mounted below a folder, with everything stat tells."""
        os.makedirs(folder, exist_ok=True)
        process = subprocess.Popen(
            [self.path, "mount", folder],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        latest = os.path.join(folder, "snapshots", "latest")
        try:
            while not os.path.isdir(latest):
                if process.poll() is not None:
                    raise Failure(f"{self.name} mount: {process.returncode}")
                time.sleep(0.05)
            begin = time.monotonic()
            subprocess.run(["ls", "-lRU", latest + "/"], stdout=subprocess.DEVNULL, check=True)
            wall = time.monotonic() - begin
        finally:
            process.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss

    def key(self):
        """The master key, as JSON."""
        command = [self.path, "cat", "masterkey"]
        return subprocess.run(command, env=self.environment, capture_output=True, check=True).stdout


class Stillpoint(Restic):
    pass


class Borg(Program):
    number = 0

    def variables(self, scratch):
        return {
            "BORG_REPO": self.repository,
            "BORG_PASSPHRASE": "benchmark",
            "BORG_BASE_DIR": os.path.join(scratch, "borg-base"),
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
        }

    def init(self):
        return self.run("init", "--encryption", "repokey")

    def backup(self, source):
        self.number += 1
        return self.run("create", "--compression", "zstd,3", f"::{self.number}", source)

    def restore(self, source, target):
        os.makedirs(target, exist_ok=True)
        return self.run("extract", f"::{self.number}", folder=target)

    def check(self):
        return self.run("check", "--verify-data")

    def list(self):
        return self.run("list", f"::{self.number}")


def version(path):
    found = subprocess.run([path, "--version"], capture_output=True, text=True)
    return (found if found.returncode == 0 else subprocess.run([path, "version"], capture_output=True, text=True)).stdout.strip()
