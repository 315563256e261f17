// Where the numbers come from: TensorBoard's server, or a page that carries them itself.
// Both answer runs(), run(name), statistic(name, statistic), progress(name) and
// histograms(name, weight).

export const server = {
  follows: true,
  isWorstFirst: false,
  runs: () => json("./runs"),
  run: (run) => json("./run", { run }),
  histograms: (run, weight) => json("./histograms", { run, weight }),
  statistic: (run, name) => packed("./statistic", { run, name }),
  progress: (run) => packed("./progress", { run }),
};

/** Numbers that a report carries in its own page. */
export function embedded(report) {
  return {
    follows: false,
    isWorstFirst: true,
    runs: async () => [{ run: report.run }],
    run: async () => report,
    histograms: async () => [],
    statistic: async (_, name) => unpack(bytesOf(report.statistics[name])),
    progress: async () => unpack(bytesOf(report.progress)),
  };
}

async function get(address, parameters = {}) {
  const response = await fetch(`${address}?${new URLSearchParams(parameters)}`);
  if (!response.ok) throw new Error(await problemOf(response));
  return response;
}

async function json(address, parameters) {
  return (await get(address, parameters)).json();
}

async function packed(address, parameters) {
  return unpack(await (await get(address, parameters)).arrayBuffer());
}

async function problemOf(response) {
  const text = await response.text();
  try {
    return JSON.parse(text).problem;
  } catch {
    return `TensorBoard answered with status ${response.status}.`;
  }
}

/** Takes apart what packing.py packed: a line of JSON, then float32. */
function unpack(buffer) {
  const end = new Uint8Array(buffer).indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(buffer.slice(0, end)));
  return { ...header, values: new Float32Array(buffer, end + 1) };
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}
