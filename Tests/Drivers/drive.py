"""Lets programs that drive restic drive stillpoint instead: drive.py STILLPOINT [RESTIC]

resticpy and runrestic come from PyPI, into a folder of their own. Each does the same with both
programs; what they make of the answers must have the same members and types. RESTIC is the one to
compare with, else the one on the PATH.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv

# What stillpoint says besides, and what only one of the two has to say.
OURS = {"stillpoint"}
UNEVEN = {"parent", "tags", "original", "excludes"}


def shape(value):
    """Members and types of a value, without the values."""
    if isinstance(value, dict):
        return {key: shape(value[key]) for key in sorted(value) if key not in OURS | UNEVEN}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def drive_resticpy(binary, folder, source):
    import restic

    restic.binary_path = binary
    restic.repository = os.path.join(folder, "repository")
    restic.password_file = os.path.join(folder, "password")
    restic.use_cache = False
    other = os.path.join(folder, "other")
    found = {"version": restic.version(), "init": restic.init()}
    found["backup"] = restic.backup(paths=[source], tags=["a"], host="one")
    with open(os.path.join(source, "more"), "w") as file:
        file.write("more")
    found["second"] = restic.backup(paths=[source], exclude_patterns=["*.o"], skip_if_unchanged=True)
    found["snapshots"] = restic.snapshots(group_by=["host"])
    found["find"] = restic.find("more")
    found["stats"] = restic.stats(mode="raw-data")
    found["check"] = restic.check(read_data=True)
    found["keys"] = restic.key.list()
    found["config"] = restic.cat.config()
    restic.restore(snapshot_id="latest", target_dir=os.path.join(folder, "restored"))
    found["restored"] = sorted(os.listdir(os.path.join(folder, "restored") + source))
    found["rewrite"] = restic.rewrite(exclude=["more"], forget=True)
    repository, restic.repository = restic.repository, other
    restic.init(from_repo=repository, from_password_file=restic.password_file, copy_chunker_params=True)
    found["copy"] = restic.copy(from_repo=repository, from_password_file=restic.password_file)
    found["copied"] = restic.snapshots()
    found["forget"] = restic.forget(prune=True, keep_last=1, group_by=["paths"])
    found["unlock"] = restic.unlock()
    return found


RUNRESTIC = """
name = "drive"
repositories = ["{folder}/repository"]
[environment]
RESTIC_PASSWORD_FILE = "{folder}/password"
[execution]
exit_on_error = true
parallel = false
retry_count = 0
[backup]
sources = ["{source}"]
[prune]
keep-last = 1
[check]
checks = ["read-data"]
[metrics.prometheus]
path = "{folder}/metrics"
"""


def drive_runrestic(program, binary, folder, source):
    """Runs the command as a service would; what it read from the answers is in its metrics."""
    bin_folder = os.path.join(folder, "bin")
    os.makedirs(bin_folder)
    os.symlink(binary, os.path.join(bin_folder, "restic"))
    config = os.path.join(folder, "drive.toml")
    with open(config, "w") as file:
        file.write(RUNRESTIC.format(folder=folder, source=source))
    environment = dict(os.environ, PATH=f"{bin_folder}:{os.environ['PATH']}", HOME=folder)
    for actions in [["init"], ["backup"], ["backup"], ["prune"], ["check"], ["stats"], ["unlock"]]:
        subprocess.run([program, "-c", config, *actions], env=environment, check=True, stdin=subprocess.DEVNULL)
    subprocess.run([program, "-c", config, "backup", "prune", "check", "stats"], env=environment, check=True)
    with open(os.path.join(folder, "metrics")) as file:
        lines = [line.split(" ")[0] for line in file if line.startswith("restic_")]
    return sorted(line.split("{")[0] for line in lines)


def prepared(folder, name):
    """A folder for one program, with a password and something to back up."""
    place = os.path.join(folder, name)
    source = os.path.join(place, "source")
    os.makedirs(os.path.join(source, "d"))
    for number in range(5):
        with open(os.path.join(source, "d", str(number)), "wb") as file:
            file.write(os.urandom(5000))
    with open(os.path.join(place, "password"), "w") as file:
        file.write("drive\n")
    return place, source


def main():
    stillpoint = os.path.abspath(sys.argv[1])
    restic = sys.argv[2] if len(sys.argv) > 2 else shutil.which("restic")
    with tempfile.TemporaryDirectory(prefix="stillpoint-drivers-", dir="/var/tmp") as folder:
        packages = os.path.join(folder, "packages")
        venv.create(packages, with_pip=True)
        subprocess.run([f"{packages}/bin/pip", "-q", "install", "resticpy", "runrestic"], check=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        sys.path.insert(0, f"{packages}/lib/{version}/site-packages")
        named = os.path.join(folder, "restic")
        os.symlink(stillpoint, named)
        results = []
        for name, binary in [("ours", named), ("theirs", restic)]:
            place, source = prepared(folder, f"{name}-resticpy")
            found = drive_resticpy(binary, place, source)
            place, source = prepared(folder, f"{name}-runrestic")
            metrics = drive_runrestic(f"{packages}/bin/runrestic", binary, place, source)
            results.append(dict({key: shape(value) for key, value in found.items()}, metrics=metrics))
    ours, theirs = results
    differing = [key for key in theirs if ours.get(key) != theirs[key]]
    for key in differing:
        print(f"{key}:\n  stillpoint {json.dumps(ours.get(key))}\n  restic     {json.dumps(theirs[key])}")
    print(f"{len(theirs) - len(differing)} of {len(theirs)} answers have the same shape")
    sys.exit(1 if differing else 0)


main()
