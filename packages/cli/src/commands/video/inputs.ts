/** Which files are clips, in folders that are searched, and which folders are clips themselves. */
import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { VIDEO_EXTENSIONS } from '@softpool/media/node';
import { IMAGES, type Searched } from '../../shared/files/image-files.ts';

/** Extensions of videos that are searched for: GIF and WebP files are most often pictures. */
const SEARCHED: ReadonlySet<string> = new Set(VIDEO_EXTENSIONS.filter((extension) => extension !== '.gif' && extension !== '.webp'));

/** Extensions of other videos, whose containers are not written. */
const OTHERS = /^\.(mpg|mpeg|m2v|ts|mts|m2ts|vob|wmv|asf|flv|f4v|3gp|3g2|ogv|mxf|rm|dv)$/;

/** Whether a path has the extension of a video that is searched for. */
export function isVideoFile(path: string): boolean {
  return SEARCHED.has(extname(path).toLowerCase());
}

/** Videos, as folders are searched for them. */
export const VIDEOS: Searched = {
  isInput: isVideoFile,
  otherExtension: (name) => {
    const extension = extname(name).toLowerCase();
    return OTHERS.test(extension) ? extension : undefined;
  },
  noun: 'video',
};

/** Videos, and folders of frames: a folder with pictures in it and without videos is a clip. */
export const CLIPS: Searched = {
  ...VIDEOS,
  isInputFolder: async (folder) => (await readdir(folder)).some((name) => !name.startsWith('.') && IMAGES.isInput(name)),
  noun: 'video or frame',
};
