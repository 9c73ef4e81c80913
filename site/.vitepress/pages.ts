/** The pages: their order in the sidebar, and what a search engine says of each. */
import type { DefaultTheme } from 'vitepress';
import { entriesOf, PACKAGES } from '../../scripts/packages.mjs';

/** The folder of the API reference. */
export const REFERENCE = 'reference/';

interface Page {
  readonly text: string;
  readonly description: string;
}

/** The pages of docs/ and site/pages/ by group, in the order of the sidebar. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Page>>>> = {
  'See and try': {
    studio: {
      text: 'Studio',
      description: 'See soft pooling, its gradient and its windows, and try it on your own picture in the browser.',
    },
    'docs/getting-started': {
      text: 'Getting started',
      description:
        'The first three minutes with SoftPool: tensors, images, TensorFlow.js, ONNX and YOLO, browsers, training, video and clusters.',
    },
    comparison: {
      text: 'Comparison',
      description: 'How SoftPool for TypeScript compares with the PyTorch original, TensorFlow.js and ONNX Runtime.',
    },
  },
  'Pool tensors': {
    'docs/operator': { text: 'The operator', description: 'The calls, options, formula, gradients and numeric contract of soft pooling.' },
    'docs/gpu': { text: 'On the GPU', description: 'Soft pooling with WebGPU, in browsers and in Node, on tensors that stay on the GPU.' },
    'docs/runtimes': {
      text: 'Runtimes',
      description: 'Browsers, bundlers, workers and servers that SoftPool runs in, and what each of them needs.',
    },
    'docs/performance': {
      text: 'Performance',
      description: 'How fast soft pooling is on the CPU and the GPU, measured with commands that you can repeat.',
    },
  },
  'Images and video': {
    'docs/images': {
      text: 'Images',
      description: 'Reduce images with soft pooling, on the command line and in code, and compare it with other methods.',
    },
    'docs/video': {
      text: 'Video',
      description: 'Reduce videos in size and in frame rate with soft pooling, in Node with ffmpeg and in browsers.',
    },
  },
  'ONNX models': {
    'docs/onnx': {
      text: 'ONNX',
      description: 'Put SoftPool into an ONNX model as a function of standard operators, and run it in any runtime.',
    },
    'docs/hugging-face': {
      text: 'Hugging Face models',
      description: 'Put SoftPool into a model folder that transformers.js opens, and pool the embeddings of tokens.',
    },
    'docs/surgery': {
      text: 'Which poolings are swapped',
      description: 'Which poolings of a model SoftPool replaces, with which windows, and how to choose them.',
    },
  },
  'TensorFlow.js': {
    'docs/tfjs': {
      text: 'Layers and ops',
      description: 'SoftPool as layers and ops of TensorFlow.js, with gradients, on all its backends.',
    },
    'docs/tfjs-surgery': { text: 'Surgery', description: 'Replace the pooling layers of an existing TensorFlow.js model by SoftPool.' },
    'docs/wasm-training': {
      text: 'Training on wasm',
      description: 'Train convolutional networks of TensorFlow.js on its WebAssembly backend.',
    },
  },
  'Networks and training': {
    'docs/models': {
      text: 'Networks',
      description: 'ResNet, DenseNet, Inception and 3-D networks with SoftPool, and weights of torchvision for them.',
    },
    'docs/training': { text: 'Training', description: 'Train and evaluate networks on images and clips in Node, without Python or a GPU.' },
    'docs/experiments': {
      text: 'Experiments',
      description: 'What soft pooling gains and costs: five experiments with tables, plots and the commands that made them.',
    },
  },
  'Many machines': {
    'docs/shards': {
      text: 'Shards',
      description: 'Reduce millions of images or clips on many machines: Kubernetes, Slurm, AWS Batch, WebDataset archives.',
    },
    'docs/queue': { text: 'Queue', description: 'Share the shards of a job among workers that come and go, with BullMQ on Redis.' },
  },
  Project: {
    'docs/command': { text: 'The command', description: 'The commands of softpool, their options, exit codes and output.' },
    'docs/vocabulary': {
      text: 'Vocabulary',
      description: 'The one name that each concept has in the library, its flags and its documents.',
    },
    'docs/dependencies': { text: 'Dependencies', description: 'The libraries that each package depends on, and the reason for each.' },
    'docs/testing': {
      text: 'Tests',
      description: 'What each test command runs and proves, how long it takes, and how to repeat a failure.',
    },
    changelog: { text: 'Changelog', description: 'What changed in each version of SoftPool for TypeScript.' },
  },
};

const HOME = 'SoftPool for JavaScript and TypeScript: soft pooling that you can see, for tensors, images, TensorFlow.js and ONNX models.';

const GUIDES: DefaultTheme.SidebarItem[] = Object.entries(GROUPS).map(([text, pages]) => ({
  text,
  items: Object.entries(pages).map(([path, page]) => ({ text: page.text, link: `/${path}` })),
}));

/** The entries that one imports, by the pages of the reference, which are named as the sources. */
const ENTRIES = PACKAGES.map(({ manifest: { name, exports } }) => {
  const entries = entriesOf({ name, version: '', ...(exports && { exports }) }).filter(({ entry }) => !entry.startsWith('./internal'));
  const pages = entries.map(({ entry, source }) => {
    const path = source.replace(/^src\/|\.ts$/g, '').replace(/\/index$/, '');
    const isOnly = entries.length === 1;
    return { text: name + entry.slice(1), path: `${REFERENCE}${name}${isOnly ? '' : `/${path}`}` };
  });
  return { name, pages };
}).filter(({ pages }) => pages.length > 0);

const API: DefaultTheme.SidebarItem[] = ENTRIES.map(({ name, pages }) => ({
  text: name,
  items: pages.map(({ text, path }) => ({ text, link: `/${path.replace(/\/index$/, '/')}` })),
}));

/** The sidebars of the guides and of the reference. */
export const SIDEBAR: DefaultTheme.Sidebar = {
  '/': GUIDES,
  [`/${REFERENCE}`]: [{ text: 'All packages', link: '/reference/modules' }, ...API],
};

/**
 * The description of a page.
 *
 * @param path - The page, such as `docs/operator.md`.
 * @throws Error if the page has none.
 */
export function descriptionOf(path: string): string {
  const name = path.replace(/\.md$/, '');
  if (name === 'index') return HOME;
  if (path.startsWith(REFERENCE))
    return `API reference of ${titleOfReference(path)}: functions, options, types and errors, from the doc comments.`;
  const page = Object.values(GROUPS)
    .flatMap((pages) => Object.entries(pages))
    .find(([key]) => key === name)?.[1];
  if (page === undefined) throw new Error(`${path} has no description in site/.vitepress/pages.ts`);
  return page.description;
}

/** The title of a page of the reference: the name that one imports. */
export function titleOfReference(path: string): string {
  const page = ENTRIES.flatMap(({ pages }) => pages).find((entry) => `${entry.path}.md` === path);
  return page?.text ?? 'All packages';
}
