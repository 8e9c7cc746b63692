"""The configuration files of `deploy/`, as far as they can be tried without a cluster, and the commands that the
instructor's guide prints."""

import importlib.util
import json
import math
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path

import dask
import pytest
import yaml
from test_nbgrader import ASSIGNMENT, NAME, answered

from seq2vit import __version__, cli
from seq2vit.grading import cluster, command, doctor
from seq2vit.grading.verdict import Limits

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
GUIDE = sorted((ROOT / "chapters" / "teach").glob("*.md"))
# What a submission may take at most: an answers' process and an examiner, each with its folder.
MOST = 2 * (Limits().memory + Limits().folder)
REST = 1_500_000_000  # Dask, the warm parents

needs_sandbox = pytest.mark.skipif(bool(doctor.missing()) and not os.environ.get("SEQ2VIT_REQUIRE_SANDBOX"),
                                   reason="no sandbox here: seq2vit doctor says why")
needs_jobqueue = pytest.mark.skipif(importlib.util.find_spec("dask_jobqueue") is None,
                                    reason="dask-jobqueue is not installed: pip install dask-jobqueue")


def run(*words, check=True, **environment):
    """A command as an instructor types it, with the environment's programs on PATH."""
    path = os.pathsep.join([environment.pop("first", str(BIN)), str(BIN), os.environ["PATH"]])
    done = subprocess.run([str(word) for word in words], env={**os.environ, "PATH": path, **environment}, capture_output=True,
                          text=True, timeout=300)
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two folders that `deploy/certificates.sh` made: ours, and somebody else's."""
    root = tmp_path_factory.mktemp("keys")
    for name in "ours", "theirs":
        run("sh", DEPLOY / "certificates.sh", root / name)
    return root


# Commands in the guide ---------------------------------------------------------------------------------------------------

def commands(*programs):
    """(page, words) of each command in the guide's bash blocks that begins with one of these programs."""
    found = []
    for page in GUIDE:
        for block in re.findall(r"^```bash\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0] in programs:
                    found.append(pytest.param(words, id=f"{page.stem}: {' '.join(words)[:70]}"))
    return found


@pytest.mark.parametrize("words", commands("seq2vit"))
def test_the_guides_commands_exist(words, monkeypatch):
    monkeypatch.setattr(command, "_said", lambda verb, run: lambda options: 0)
    assert cli.main(words[1:]) == 0


def dask_options(words):
    """What Dask's own command line makes of these words: `dask scheduler ...` or `dask worker ...`."""
    assert words[0] == "dask"
    (main,) = [entry.load() for entry in entry_points(group="dask_cli") if entry.name == words[1]]
    return main.make_context(words[1], list(words[2:])).params


@pytest.mark.parametrize("words", commands("dask"))
def test_the_guides_dask_commands_exist_and_open_no_door(words):
    options = dask_options(words)
    private = "127.0.0.1" in f"{options['host']}"
    assert private or options.get("protocol") == "tls" or options.get("scheduler", "").startswith("tls://")
    assert (options["dashboard_address"] or "").startswith("127.0.0.1:"), "HTTP listens on all interfaces by default"


def test_the_guide_shows_every_way_to_grade():
    verbs = {words.values[0][1] for words in commands("seq2vit")}
    assert verbs >= {"grade", "report", "feedback", "export", "collect", "doctor"}
    assert {words.values[0][1] for words in commands("dask")} == {"scheduler", "worker"}


# Dask's settings ---------------------------------------------------------------------------------------------------------

def leaves(tree, path=()):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


def test_dask_knows_every_setting_and_takes_it():
    import distributed
    from distributed.security import Security

    defaults = dict(leaves(yaml.safe_load((Path(distributed.__file__).with_name("distributed.yaml")).read_text())))
    mine = yaml.safe_load((DEPLOY / "dask.yaml").read_text())
    assert set(dict(leaves(mine))) <= set(defaults)
    with dask.config.set(dict(leaves(mine))):
        security = Security()
    assert security.require_encryption is True
    for role in "scheduler", "worker", "client":
        tls = security.get_tls_config_for_role(role)
        assert (tls["ca_file"], tls["cert"], tls["key"]) == ("/etc/dask/cert.pem", "/etc/dask/cert.pem", "/etc/dask/key.pem")
    # A scheduler apart is another process than the command, whose settings do not reach it.
    log = "distributed.admin.low-level-log-length"
    assert dict(leaves(mine))[log] == cluster.QUIET[log]


def test_the_key_is_nobody_elses(keys):
    for name in "key.pem", "cert.pem", "dask.yaml":
        assert (keys / "ours" / name).stat().st_mode & 0o077 == 0
    settings = dict(leaves(yaml.safe_load((keys / "ours" / "dask.yaml").read_text())))
    assert settings["distributed.comm.tls.worker.key"] == str(keys / "ours" / "key.pem")
    assert "/etc/dask" not in " ".join(map(str, settings.values()))


@pytest.mark.parametrize(("words", "says"), [
    ((), "certificates: name a folder to make: sh deploy/certificates.sh FOLDER\n"),
    (("there",), "certificates: there is there already: remove it, or name another folder\n"),
])
def test_certificates_say_what_is_wrong(tmp_path, words, says):
    (tmp_path / "there").mkdir()
    done = subprocess.run(["sh", DEPLOY / "certificates.sh", *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode and done.stderr == says


class Scheduler:
    """`dask scheduler` with a worker, as the guide starts them, but on free ports."""

    def __init__(self, folder, config):
        environment = {**os.environ, "DASK_CONFIG": str(config)}

        def start(*words):
            return subprocess.Popen([BIN / "dask", *words, "--host", "127.0.0.1", "--no-dashboard", "--dashboard-address",
                                     "127.0.0.1:0"], env=environment, stderr=subprocess.PIPE, text=True, cwd=folder)

        self.processes = [start("scheduler", "--port", "0")]
        said = {}
        for line in self.processes[0].stderr:
            if found := re.search(r"(Scheduler|dashboard) at: +(\S+)", line):
                said[found[1]] = found[2]
            if len(said) == 2:
                break
        self.address, self.http = said["Scheduler"], said["dashboard"].removesuffix("/status")
        self.processes.append(start("worker", self.address, "--nworkers", "1", "--nthreads", "2"))

    def stop(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


@pytest.fixture(scope="module")
def scheduler(keys, tmp_path_factory):
    made = Scheduler(tmp_path_factory.mktemp("dask"), keys / "ours" / "dask.yaml")
    yield made
    made.stop()


def computes(address, config=""):
    """A client's attempt to have something computed: what it prints, or that it was turned away."""
    code = ("import os, sys, dask\nfrom distributed import Client\n"
            "with dask.config.set({'distributed.comm.timeouts.connect': '5s'}):\n"
            "    try:\n        print(Client(sys.argv[1]).submit(sum, [20, 22]).result())\n"
            "    except OSError:\n        print('turned away')\n"
            "sys.stdout.flush()\nos._exit(0)\n")
    return run(sys.executable, "-c", code, address, DASK_CONFIG=str(config)).stdout.strip()


def test_with_the_key_it_computes(scheduler, keys):
    assert scheduler.address.startswith("tls://127.0.0.1:")
    assert computes(scheduler.address, keys / "ours" / "dask.yaml") == "42"


def test_without_the_key_it_does_not(scheduler, keys):
    """Nor with another key, be it by a client who knows our certificate, which is no secret."""
    assert computes(scheduler.address.replace("tls", "tcp")) == "turned away"
    assert computes(scheduler.address, keys / "theirs" / "dask.yaml") == "turned away"
    mixed = (keys / "theirs" / "dask.yaml").read_text().replace(
        f"ca-file: {keys / 'theirs'}", f"ca-file: {keys / 'ours'}")
    (keys / "mixed.yaml").write_text(mixed)
    assert computes(scheduler.address, keys / "mixed.yaml") == "turned away"


def test_http_says_ok_and_nothing_else(scheduler):
    def status(path):
        try:
            with urllib.request.urlopen(scheduler.http + path, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, b""

    assert status("/health") == (200, b"ok")
    for path in "/info/main/workers.html", "/json/identity.json", "/metrics", "/status", "/api/v1":
        assert status(path) == (404, b""), path


# Slurm -------------------------------------------------------------------------------------------------------------------

def slurm_settings():
    return yaml.safe_load((DEPLOY / "slurm.yaml").read_text())["jobqueue"]["slurm"]


def test_a_slurm_job_has_room_for_what_submissions_may_take():
    settings = slurm_settings()
    assert dask.utils.parse_bytes(settings["memory"]) >= settings["cores"] * MOST + REST
    assert settings["processes"] == 1
    assert dask_options(["dask", "worker", *settings["worker-extra-args"]])["dashboard"] is False


@pytest.mark.parametrize("words", commands("python"))
def test_the_guides_slurm_commands_name_the_script(words):
    assert words[1] == "deploy/slurm.py" and (ROOT / words[1]).is_file()
    assert set(words) & {"--show", ASSIGNMENT}


def slurm(*words, check=True, **environment):
    return run(sys.executable, DEPLOY / "slurm.py", *words, check=check, **environment)


def test_slurm_refuses_what_makes_no_sense():
    done = slurm("--jobs", "0", ASSIGNMENT, check=False)
    assert done.returncode == 2 and done.stderr.endswith("--jobs: give a whole number, at least 1\n")
    done = slurm(check=False)
    assert done.returncode == 2 and done.stderr.endswith("name the assignment\n")


def test_slurm_says_what_is_missing(tmp_path):
    (tmp_path / "dask_jobqueue.py").write_text("raise ModuleNotFoundError(\"No module named 'dask_jobqueue'\")\n")
    done = slurm("--show", check=False, PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == "slurm.py: No module named 'dask_jobqueue': run `pip install dask-jobqueue 'seq2vit[grade]'`\n"


@needs_jobqueue
def test_slurm_starts_nothing_without_a_key(tmp_path):
    done = slurm("--show", check=False, DASK_CONFIG=str(tmp_path))
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("slurm.py: without a key, everybody on this cluster could run code in your jobs")


@needs_jobqueue
def test_dask_jobqueue_knows_every_setting():
    import dask_jobqueue

    known = yaml.safe_load(Path(dask_jobqueue.__file__).with_name("jobqueue.yaml").read_text())["jobqueue"]["slurm"]
    assert set(slurm_settings()) <= set(known)


@needs_jobqueue
def test_the_job_script(keys):
    script = slurm("--show", DASK_CONFIG=str(keys / "ours" / "dask.yaml")).stdout
    settings = slurm_settings()
    size = math.ceil(dask.utils.parse_bytes(settings["memory"]) / 2**30)  # Slurm's G
    assert f"#SBATCH --cpus-per-task={settings['cores']}\n" in script and f"#SBATCH --mem={size}G\n" in script
    assert f"\nexport DASK_CONFIG={keys / 'ours' / 'dask.yaml'}\n" in script
    (line,) = [line for line in script.splitlines() if "distributed.cli.dask_worker" in line]
    words = shlex.split(line)
    assert words[:3] == [sys.executable, "-m", "distributed.cli.dask_worker"]
    options = dask_options(["dask", "worker", *words[3:]])
    assert options["scheduler"].startswith("tls://") and options["nthreads"] == settings["cores"]
    assert options["n_workers"] in (None, "1") and options["dashboard"] is False
    assert (options["tls_key"], options["tls_ca_file"]) == (str(keys / "ours" / "key.pem"), str(keys / "ours" / "cert.pem"))


SBATCH = """#!/bin/sh
cp "$1" "$SHIM/job.sh"
setsid sh "$SHIM/job.sh" >"$SHIM/job.log" 2>&1 &
echo $! >"$SHIM/job.pid"
echo "Submitted batch job 4711"
"""
SCANCEL = """#!/bin/sh
echo "$1" >>"$SHIM/cancelled"
kill -- "-$(cat "$SHIM/job.pid")"
"""


@needs_jobqueue
@needs_sandbox
def test_a_course_is_graded_in_a_job_that_is_given_back(tmp_path, keys):
    """With stand-ins for Slurm's two commands that run the job script here: the rest is as on a cluster."""
    shim, course = tmp_path / "shim", tmp_path / "course"
    shim.mkdir()
    for name, text in ("sbatch", SBATCH), ("scancel", SCANCEL):
        (shim / name).write_text(text)
        (shim / name).chmod(0o755)
    shutil.copytree(ROOT / "solutions", course / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    place = course / "submitted" / "ada" / ASSIGNMENT
    place.mkdir(parents=True)
    (place / NAME).write_text(json.dumps(answered()))
    done = slurm("--jobs", "1", ASSIGNMENT, "--course", course, "--json", tmp_path / "lines", first=str(shim), SHIM=str(shim),
                 DASK_CONFIG=str(keys / "ours" / "dask.yaml"))
    assert "graded        1   mean 20.0, median 20.0 of 20 points" in done.stdout
    assert json.loads((tmp_path / "lines").read_text())["score"] == 20
    assert "tls://" in (shim / "job.sh").read_text()
    assert (shim / "cancelled").read_text() == "4711\n"


# Kubernetes --------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def kubernetes():
    return {document["kind"]: document for document in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())}


@pytest.fixture(scope="module")
def pods(kubernetes):
    """The pods' specifications by component."""
    spec = kubernetes["DaskCluster"]["spec"]
    return {component: spec[component]["spec"] for component in ("scheduler", "worker")}


def containers(pod):
    return [*pod.get("initContainers", []), *pod["containers"]]


def test_kinds_and_versions(kubernetes):
    assert {kind: document["apiVersion"] for kind, document in kubernetes.items()} == {
        "Namespace": "v1", "NetworkPolicy": "networking.k8s.io/v1", "DaskCluster": "kubernetes.dask.org/v1"}
    places = {document["metadata"].get("namespace") for kind, document in kubernetes.items() if kind != "Namespace"}
    assert places == {kubernetes["Namespace"]["metadata"]["name"]}


def test_pods_have_no_rights_but_what_the_sandbox_needs(kubernetes, pods):
    for component, pod in pods.items():
        assert pod["automountServiceAccountToken"] is False
        assert not any(pod.get(name) for name in ("hostPID", "hostIPC", "hostNetwork", "shareProcessNamespace"))
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert not any("hostPath" in volume for volume in pod["volumes"])
        for container in containers(pod):
            rights = container["securityContext"]
            assert rights["allowPrivilegeEscalation"] is False and rights["readOnlyRootFilesystem"] is True
            assert rights["capabilities"] == {"drop": ["ALL"]} and not rights.get("privileged")
            profile = "RuntimeDefault" if component == "scheduler" else "Unconfined"  # namespaces are for workers alone
            assert rights["seccompProfile"] == {"type": profile}
    annotations = kubernetes["DaskCluster"]["spec"]["worker"]["metadata"]["annotations"]
    assert annotations == {f"container.apparmor.security.beta.kubernetes.io/{container['name']}": "unconfined"
                           for container in containers(pods["worker"])}
    labels = kubernetes["Namespace"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"


def test_one_image_for_all_and_it_is_this_version(pods):
    images = {container["image"] for pod in pods.values() for container in containers(pod)}
    assert len(images) == 1
    (image,) = images
    assert image.endswith(f":{__version__}")
    assert f"--tag {image} " in (DEPLOY / "Containerfile").read_text()
    assert f"--tag {image} " in (ROOT / "chapters" / "teach" / "cluster.md").read_text()


def test_a_worker_has_room_for_what_submissions_may_take(pods):
    (worker,) = pods["worker"]["containers"]
    options, resources = dask_options(worker["args"]), worker["resources"]
    assert resources["requests"] == resources["limits"]
    assert int(resources["limits"]["cpu"]) == options["nthreads"]
    assert dask.utils.parse_bytes(resources["limits"]["memory"].replace("Gi", "GiB")) >= options["nthreads"] * MOST + REST
    assert options["n_workers"] == "1" and options["memory_limit"] == "0" and options["dashboard"] is False
    (rule,) = pods["worker"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert rule["labelSelector"]["matchLabels"]["dask.org/component"] == "worker"


def test_scheduler_and_workers_find_each_other(kubernetes, pods):
    metadata, spec = kubernetes["DaskCluster"]["metadata"], kubernetes["DaskCluster"]["spec"]
    settings = yaml.safe_load((DEPLOY / "dask.yaml").read_text())["distributed"]["comm"]
    (scheduler,) = pods["scheduler"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in scheduler["ports"]}
    service = {port["name"]: port for port in spec["scheduler"]["service"]["ports"]}
    # The operator calls the service so, labels the pods so, and asks for these two names of ports.
    address = f"{settings['default-scheme']}://{metadata['name']}-scheduler.{metadata['namespace']}.svc.cluster.local"
    assert pods["worker"]["containers"][0]["env"] == [
        {"name": "DASK_SCHEDULER_ADDRESS", "value": f"{address}:{service['tcp-comm']['port']}"}]
    assert set(ports) == set(service) == {"tcp-comm", "http-dashboard"}
    assert all(port["targetPort"] == name for name, port in service.items())
    mine = {"dask.org/cluster-name": metadata["name"]}
    assert spec["scheduler"]["service"]["selector"] == mine | {"dask.org/component": "scheduler"}
    options = dask_options(scheduler["args"])
    assert int(options["port"]) == ports["tcp-comm"] and options["dashboard_address"] == f":{ports['http-dashboard']}"
    assert {scheduler[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")} == {"/health"}
    policy = kubernetes["NetworkPolicy"]["spec"]
    assert policy["podSelector"]["matchLabels"] == mine and set(policy["policyTypes"]) == {"Ingress", "Egress"}
    inside = [{"podSelector": {"matchLabels": mine}}]
    assert [rule["from"] for rule in policy["ingress"]] == [inside]
    names = [rule for rule in policy["egress"] if rule["to"] != inside]
    assert len(policy["egress"]) == 2 and {port["port"] for rule in names for port in rule["ports"]} == {53}


def test_the_key_lies_where_dask_looks_for_it(pods):
    folders = {str(Path(value).parent) for _, value in leaves(yaml.safe_load((DEPLOY / "dask.yaml").read_text()))
               if str(value).endswith(".pem")}
    for pod in pods.values():
        (container,) = pod["containers"]
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        secrets = {mount["mountPath"]: volumes[mount["name"]]["secret"] for mount in container["volumeMounts"]
                   if "secret" in volumes[mount["name"]]}
        assert set(secrets) == folders == {"/etc/dask"}  # Dask reads the settings there without being told
        assert secrets["/etc/dask"]["defaultMode"] & 0o007 == 0 and pod["securityContext"]["fsGroup"]
        assert any(mount["mountPath"] == "/tmp" for mount in container["volumeMounts"])


@pytest.mark.skipif(importlib.util.find_spec("dask_kubernetes") is None,
                    reason="dask-kubernetes is not installed: pip install --no-deps dask-kubernetes")
def test_the_operator_drops_nothing(kubernetes):
    """By its own description of a DaskCluster, in which a field that is not there is dropped without a word."""
    import jsonschema

    home = Path(next(iter(importlib.util.find_spec("dask_kubernetes").submodule_search_locations)))
    (file,) = home.glob("operator/deployment/helm/*/crds/daskcluster.yaml")
    schema = yaml.safe_load(file.read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {"type": "object"}}

    def close(node):
        if isinstance(node, dict):
            if "properties" in node and node.get("type") == "object":
                node.setdefault("additionalProperties", False)
            if node.get("format") == "int-or-string":
                node["type"] = ["integer", "string"]
            node = node.values()
        for part in node if not isinstance(node, str | int | bool | None) else ():
            close(part)

    close(schema)
    validator = jsonschema.Draft7Validator(schema)
    cluster = kubernetes["DaskCluster"]
    assert [error.message for error in validator.iter_errors(cluster)] == []
    worker = cluster["spec"]["worker"]
    other = cluster | {"spec": cluster["spec"] | {"worker": worker | {"spec": worker["spec"] | {"hostUsers": False}}}}
    assert [error.validator for error in validator.iter_errors(other)] == ["additionalProperties"]


# The image --------------------------------------------------------------------------------------------------------------

def test_the_image(pods):
    text = (DEPLOY / "Containerfile").read_text()
    steps = dict(re.findall(r"^(\w+) ((?:.*\\\n)*.*)$", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE), re.MULTILINE))
    assert steps["FROM"] == re.search(r"^FROM (\S+)", (ROOT / "gpu" / "Containerfile").read_text(), re.MULTILINE)[1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    least, most = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"]).groups())
    assert least <= int(re.search(r"python:3\.(\d+)", steps["FROM"])[1]) < most
    files = steps["COPY"].split()[:-1]
    assert files == ["requirements.lock", "dist/seq2vit-*.whl"] and (ROOT / files[0]).is_file()
    assert "--outdir dist" in (ROOT / "Makefile").read_text()  # make wheel, which the file's head names
    assert "[grade]" in text and "grade" in project["optional-dependencies"]
    assert steps["USER"] == "grader"
    (user,) = {pod["securityContext"]["runAsUser"] for pod in pods.values()}
    assert f"--uid {user} " in text
    # The programs that the image, the pods and the guide start.
    programs = {entry.name for entry in entry_points(group="console_scripts")}
    assert {container["args"][0] for pod in pods.values() for container in containers(pod)} <= programs


def test_limits_in_the_guide_are_those_of_the_code():
    page = (ROOT / "chapters" / "teach" / "grade.md").read_text()
    assert "fields(Limits)" in page  # the table is made from the class, not typed
    assert {name for name in asdict(Limits()) if f'"{name}"' not in page} == set(), "a limit without words on the page"
