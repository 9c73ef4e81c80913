/** The network of the site and its pictures: site/network/README.md says how they were made. */
import clothes from '../../network/clothes.json' with { type: 'json' };
import model from '../../network/clothes.onnx?url';
import sprite from '../../network/clothes.png';

/** Rows and columns of a picture. */
export const PICTURE_SIDE = 28;

/** The addresses of the model and of the pictures, which lie side by side in one file. */
export const CLOTHES = { ...clothes, model, sprite };
